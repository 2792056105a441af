// Package frameworks holds no code, only tests that send the same requests to every
// framework. The adapters share one build list here: all floors, and so one fasthttp. With
// -modfile=../newest/go.mod the tests run on the newest versions instead.
package frameworks
