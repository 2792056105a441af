package page_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a browser's tab. An action that takes longer than patience fails the test.
type tab struct {
	t   *testing.T
	ctx context.Context
}

const patience = 20 * time.Second

// newTab opens a tab that closes with the test.
func newTab(t *testing.T) tab {
	t.Helper()
	needBrowser(t)
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := tab{t, ctx}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of the first call
		t.Fatal(err)
	}
	b.size(1280, 800)
	return b
}

// openTab opens a page, and returns when the page receives events.
func openTab(t *testing.T, url string) tab {
	t.Helper()
	b := newTab(t)
	b.open(url)
	return b
}

func (b tab) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
	b.until(`document.querySelector("#connection.live")`)
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for i, step := range steps {
		if _, err := run(b, step); err != nil {
			b.t.Fatalf("step %d: %v", i, err)
		}
	}
}

func (b tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// prefer sets a media feature.
func (b tab) prefer(feature, value string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// until waits for a JavaScript expression to be true, even if another page is loaded meanwhile.
func (b tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	script := `new Promise((resolve) => {
		const check = () => { if (` + expression + `) resolve(true); else setTimeout(check, 10); };
		check();
	})`
	for {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise))
		if err == nil {
			return
		}
		var thrown *chromedp.ExceptionError
		if ctx.Err() != nil || errors.As(err, &thrown) {
			b.t.Fatalf("%v: not so: %s\nthe page: %.600s", err, expression, eval[string](b, `document.title + "\n" + document.body.innerText`))
		}
	}
}

func run[T any](b tab, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// get returns the result of an action.
func get[T any](b tab, action chromedp.Action[T]) T {
	b.t.Helper()
	value, err := run(b, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// eval returns the value of a JavaScript expression.
func eval[T any](b tab, expression string) T {
	b.t.Helper()
	return get(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// text returns the visible text of the element.
func (b tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, `document.querySelector(`+"`"+selector+"`"+`).innerText`)
}

func nothingAgain(context.Context, int) (int, error) { return 0, errors.New("not in this test") }
