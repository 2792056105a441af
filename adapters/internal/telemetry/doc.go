// Package telemetry tests sendsarotel behind OpenTelemetry's middlewares for net/http, Gin, Echo
// and Fiber, which need newer versions of OpenTelemetry than sendsarotel does.
package telemetry
