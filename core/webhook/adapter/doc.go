// Package adapter has what the Gin, Echo and Fiber adapters share. Their users never need
// it. It is compatible only with the adapters of the same release: write an adapter of your
// own against package webhook, or copy what you need.
package adapter
