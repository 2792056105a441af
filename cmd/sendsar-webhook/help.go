package main

import (
	"fmt"
	"io"
	"strings"
)

const secretHelp = `The secret is read from ` + secretVariable + `, or from -secret-file.
It is never an argument, because other users can read those.`

// The templates of the library's help, followed by the examples.
const (
	rootHelp    = "{{template \"helpNameTemplate\" .}}\n\nusage: sendsar-webhook COMMAND [flags] [arguments]\n\n{{.Description}}\n\ncommands:{{template \"visibleCommandCategoryTemplate\" .}}\n\nsendsar-webhook COMMAND -h says more.\n" + examplesHelp
	commandHelp = "usage: sendsar-webhook {{.Name}}{{if .VisibleFlags}} [flags]{{end}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}\n\n{{.Description}}\n{{if .VisibleFlags}}\nflags:{{template \"visibleFlagTemplate\" .}}\n{{end}}" + examplesHelp

	examplesHelp = "{{with index .Metadata \"examples\"}}\n{{.}}{{end}}"
)

// examples returns lines to paste into a shell. The command is not published yet, so CMD in
// a line becomes a `go run` in the checkout.
func examples(lines ...string) map[string]any {
	var text strings.Builder
	text.WriteString("examples, from the root of the checkout:\n  export " + secretVariable +
		"=whsec_80cfe540e2c9c1652a9cc89d07d019921e178431e1ce13e1 # the server needs the same\n")
	for _, line := range lines {
		text.WriteString("  " + strings.ReplaceAll(line, "CMD", "go run ./cmd/sendsar-webhook") + "\n")
	}
	return map[string]any{"examples": text.String()}
}

// printer prints without checking for errors. Standard output is buffered and reports them
// when it is flushed.
type printer struct{ w io.Writer }

func (p printer) f(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format, args...) }
