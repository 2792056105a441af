// Package frameworks holds no code, only two fuzz targets that send the same bytes to
// every framework at once. The adapters share one build list here, and so one fasthttp.
//
// Each server has a file of its own. To take one out, delete its file and run go mod tidy.
package frameworks
