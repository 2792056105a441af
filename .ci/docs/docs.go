// Package docs holds tests alone: what the documents of this repository say is compared
// with what is there. Code in Markdown and in package comments is compiled, and tests in
// Markdown are run; links, anchors, make targets, files, line counts and names of tests
// are looked up; Dependabot and the continuous integration know every module.
package docs
