// Package adapter holds what the Gin, Echo and Fiber adapters share and their users
// never need. It makes no promise of compatibility beyond the adapters of the same
// release; write an adapter of your own against package webhook, or copy what you need.
package adapter
