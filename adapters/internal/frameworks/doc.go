// Package frameworks holds no code, only tests that send the same bytes to every framework.
// The adapters share one build list here: all floors, and so one fasthttp. make
// test-newest runs the tests on the newest versions.
//
// Each server has a file of its own. To take one out, delete its file and run go mod tidy.
package frameworks
