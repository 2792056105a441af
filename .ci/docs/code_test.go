//go:build unix

package docs_test

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// source is code from a document.
type source struct {
	document string
	line     int
	code     string // a whole file
}

// Every Go block of every document, and the code in every package comment, is built in a
// package of its own, in a module with what a user of that adapter has, such as the example
// for the same framework. Tests among them are run.
func TestCode(t *testing.T) {
	byModule := make(map[string][]source)
	add := func(s source) { byModule[moduleFor(s.code)] = append(byModule[moduleFor(s.code)], s) }
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if b.lang != "go" {
				continue
			}
			if around, ok := surroundings[d.path]; ok && !strings.HasPrefix(b.code, "package ") {
				b.code = around.wrap(b.code)
			}
			add(source{d.path, b.line, b.code})
		}
	}
	for _, s := range packageComments(t) {
		add(s)
	}
	for folder, sources := range byModule {
		t.Run(folder, func(t *testing.T) {
			for _, problem := range build(t, folder, sources) {
				t.Error(problem)
			}
		})
	}
}

// replaced is the end of a line of a go.mod that names a folder.
var replaced = regexp.MustCompile(`=> \.\S+`)

var adapterImport = regexp.MustCompile(`webhooks-go/adapters/(\w+)"`)

// moduleFor is the folder of the module that has what the code imports.
func moduleFor(code string) string {
	switch match := adapterImport.FindStringSubmatch(code); {
	case strings.Contains(code, `webhooks-go/adapters/river"`): // with Gin, or without
		return "examples/inbox"
	case match == nil:
		return "examples/nethttp"
	case match[1] == "otel":
		return "adapters/internal/telemetry"
	default:
		return "examples/" + match[1]
	}
}

// build tells what is wrong with the sources.
func build(t *testing.T, folder string, sources []source) []string {
	t.Helper()
	var problems []string
	module := t.TempDir()
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, content string) {
		path := filepath.Join(module, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", replaced.ReplaceAllStringFunc(read(t, folder+"/go.mod"), func(line string) string {
		return "=> " + filepath.Join(checkout, folder, line[len("=> "):])
	}))
	write("go.sum", read(t, folder+"/go.sum"))
	for i, s := range sources {
		switch formatted, err := format.Source([]byte(s.code)); {
		case err != nil:
			problems = append(problems, fmt.Sprintf("%s:%d: %v", s.document, s.line, err))
		case string(formatted) != s.code:
			problems = append(problems, fmt.Sprintf("%s:%d: not formatted", s.document, s.line))
		}
		name := "app.go"
		if strings.Contains(s.code, "*testing.T") {
			name = "app_test.go"
		}
		// The compiler tells the document's lines.
		write(fmt.Sprintf("p%d/%s", i, name), fmt.Sprintf("//line %s:%d\n%s", s.document, s.line, s.code))
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "-vet=off", "./..."}} { // test alone builds tests alone
		command := exec.CommandContext(t.Context(), "go", args...)
		command.Dir = module
		command.Env = append(os.Environ(), "GOWORK=off")
		if output, err := command.CombinedOutput(); err != nil {
			return append(problems, fmt.Sprintf("go %s: %v\n%s", args[0], err, output))
		}
	}
	return problems
}

// surrounding is what a fragment of code is compiled in, besides package webhook and log/slog.
type surrounding struct {
	imports    []string
	parameters string
}

// wrap returns a whole file.
func (s surrounding) wrap(code string) string {
	body := "\t" + strings.ReplaceAll(strings.TrimSuffix(code, "\n"), "\n", "\n\t")
	body = strings.ReplaceAll(body, "\n\t\n", "\n\n")
	return fmt.Sprintf("package app\n\nimport (\n\t\"log/slog\"\n\n\t%s\n\n\t\"github.com/sendsar-community/webhooks-go/core/webhook\"\n)\n\nvar _, _ = slog.Default, webhook.New\n\nfunc _(%s) {\n%s\n}\n",
		strings.Join(s.imports, "\n\t"), s.parameters, body)
}

func inFramework(framework, adapter, folder, app string) surrounding {
	return surrounding{
		[]string{fmt.Sprintf("%q", "github.com/"+framework), fmt.Sprintf("%s %q", adapter, "github.com/sendsar-community/webhooks-go/adapters/"+folder)},
		app + ", secret string, events *webhook.Mux",
	}
}

// surroundings are those of the fragments in a page, or in a package's comment.
var surroundings = map[string]surrounding{
	"README.md": {
		[]string{
			`"context"`, `"database/sql"`, `"github.com/gin-gonic/gin"`,
			`sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"`,
			`sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"`,
			`"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"`,
			`"log"`, `"net/http"`, `"net/http/httptest"`, `"testing"`,
		},
		"t *testing.T, ctx context.Context, db *sql.DB, router *gin.Engine, secret string, logged webhook.Option, events *webhook.Mux, " +
			"_ sendsargin.Config, _ sendsarriver.Config, _ webhooktest.Suite, _ *log.Logger, _ http.Handler, _ *httptest.Server",
	},
	"core/webhook": {
		[]string{`"context"`, `"net/http"`},
		"mux *http.ServeMux, secret string, storeMessage func(context.Context, webhook.Event) error",
	},
	"core/webhook/webhooktest": {
		[]string{`"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"`, `"net/http"`, `"net/http/httptest"`},
		"handler http.Handler, body []byte",
	},
	"adapters/gin":     inFramework("gin-gonic/gin", "sendsargin", "gin", "r *gin.Engine"),
	"adapters/echov4":  inFramework("labstack/echo/v4", "sendsarecho", "echov4", "e *echo.Echo"),
	"adapters/echov5":  inFramework("labstack/echo/v5", "sendsarecho", "echov5", "e *echo.Echo"),
	"adapters/fiberv2": inFramework("gofiber/fiber/v2", "sendsarfiber", "fiberv2", "app *fiber.App"),
	"adapters/fiberv3": inFramework("gofiber/fiber/v3", "sendsarfiber", "fiberv3", "app *fiber.App"),
	"adapters/otel": {
		[]string{`sendsarotel "github.com/sendsar-community/webhooks-go/adapters/otel"`, `"log"`, `"net/http"`},
		"mux *http.ServeMux, secret string, h http.Handler",
	},
	"adapters/river": {
		[]string{`"context"`, `sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"`, `"log"`, `"net/http"`},
		"ctx context.Context, mux *http.ServeMux, verifier *webhook.Verifier, events *webhook.Mux",
	},
}

// packageComments are the code in the comments of the packages that users import. The
// comment of each is in a doc.go, and has some.
func packageComments(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, path := range find(t, func(path string) bool {
		return strings.HasSuffix(path, "/doc.go") && (strings.HasPrefix(path, "core/") || strings.HasPrefix(path, "adapters/")) &&
			!strings.Contains(path, "/internal/") && path != "core/webhook/adapter/doc.go" // which users do not import
	}) {
		around, ok := surroundings[strings.TrimSuffix(path, "/doc.go")]
		if !ok {
			t.Errorf("%s: say in surroundings what the code in its comment stands in", path)
			continue
		}
		fileSet := token.NewFileSet()
		file, err := parser.ParseFile(fileSet, path, read(t, path), parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		blocks := codeOf(file)
		if len(blocks) == 0 {
			t.Errorf("%s: no code in its comment", path)
		}
		for _, code := range blocks {
			all = append(all, source{path, fileSet.Position(file.Doc.Pos()).Line, around.wrap(code)})
		}
	}
	return all
}

func codeOf(file *ast.File) []string {
	var code []string
	for _, part := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		if c, ok := part.(*comment.Code); ok && !strings.HasPrefix(c.Text, "X-Webhook-Signature: ") {
			code = append(code, c.Text)
		}
	}
	return code
}

func TestWrongCodeIsFound(t *testing.T) {
	for name, test := range map[string]struct{ code, want string }{
		"a file":                       {"package app\n", ""},
		"a name that is not there":     {"package app\n\nvar x = y\n", "page.md:9: undefined: y"},
		"a fragment":                   {"x := y\n", "page.md:7: expected 'package'"},
		"spaces for tabs":              {"package app\n\nfunc f() {\n    f()\n}\n", "page.md:7: not formatted"},
		"what vet finds":               {"package app\n\nimport \"fmt\"\n\nfunc f() { fmt.Printf(\"%d\\n\", \"\") }\n", "wrong type"},
		"a test that fails":            {"package app\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { t.Fatal() }\n", "go test: "},
		"a test that does not compile": {"package app\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { t.Tea() }\n", "page.md:11"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := strings.Join(build(t, "examples/nethttp", []source{{"page.md", 7, test.code}}), "\n")
			if (test.want == "") != (problems == "") || !strings.Contains(problems, test.want) {
				t.Errorf("found %q, want %q", problems, test.want)
			}
		})
	}
}

// Shell blocks are not run, but they parse.
func TestShell(t *testing.T) {
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if b.lang != "sh" {
				continue
			}
			command := exec.CommandContext(t.Context(), "bash", "-n")
			command.Stdin = strings.NewReader(b.code)
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s:%d: %v\n%s", d.path, b.line, err, output)
			}
		}
	}
}
