//go:build unix

package main_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The scripts in testdata/script are what users type. $URL is an endpoint that verifies.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			tools := filepath.Join(e.WorkDir, ".bin")
			if err := os.Mkdir(tools, 0o700); err != nil {
				return err
			}
			if err := os.Symlink(binary, filepath.Join(tools, "sendsar-webhook")); err != nil {
				return err
			}
			server := httptest.NewServer(webhook.MustNew(secret).Middleware(answering(200, "thanks")))
			e.Defer(server.Close)
			e.Setenv("PATH", tools+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("URL", server.URL)
			e.Setenv("SENDSAR_WEBHOOK_SECRET", secret)
			return nil
		},
	})
}
