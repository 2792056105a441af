package page_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/chromedp/chromedp"
)

// browser is shared by all tests, each of which opens its own tabs. It is nil if no browser is
// installed.
var browser context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(withBrowser(m))
}

func withBrowser(m *testing.M) int {
	path := chromium()
	if path == "" {
		return m.Run()
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1280, 800))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "the browser does not start:", err)
		return 1
	}
	browser = ctx
	return m.Run()
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needBrowser skips a test if no browser is installed, and in make test. If CI is set, it fails the test instead,
// except on Windows, where browsers are not in PATH.
func needBrowser(t *testing.T) {
	t.Helper()
	const missing = "no browser is in PATH (chromium, chromium-browser, google-chrome): install chromium"
	switch {
	case testing.Short():
		t.Skip("make ci runs it")
	case browser != nil:
	case os.Getenv("CI") != "" && runtime.GOOS != "windows":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
}
