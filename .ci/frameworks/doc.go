// Package frameworks holds no code, only a test: one request through every framework at
// once. The adapters share one build list here, and so one fasthttp.
package frameworks
