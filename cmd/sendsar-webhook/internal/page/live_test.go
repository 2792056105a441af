package page_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

func TestDeliveryAppearsWithoutReloading(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	b := openTab(t, serve(t, page.Config{Log: log, Address: "127.0.0.1:8080"}))
	if got := b.text("main"); !strings.Contains(got, "sendsar-webhook send http://127.0.0.1:8080/") {
		t.Errorf("the empty page says %q", got)
	}
	eval[bool](b, `window.sameDocument = true`)
	log.Add(genuine("message.created"))
	b.until(`document.querySelector("#row-1")`)
	if got := b.text("#row-1"); !strings.Contains(got, "Genuine") || !strings.Contains(got, "message.created") {
		t.Errorf("the row says %q", got)
	}
	id := log.Add(refused())
	b.until(`document.querySelector("#rows").children.length === 2 && document.querySelector("#rows").firstElementChild.id === "row-2"`)
	b.until(`document.title === "2 received, 1 refused – sendsar-webhook listen"`)
	b.until(`document.querySelector("#news").textContent.includes("new deliver")`)

	// The diagnosis takes a while. Then it appears in the open delivery.
	b.do(chromedp.Click(chromedp.CSS("#row-2 a")))
	b.until(`document.querySelector("#delivery")?.dataset.id === "2" && location.pathname === "/deliveries/2"`)
	if got := b.text(".why"); !strings.Contains(got, "Looking for the mistake") {
		t.Errorf("before the diagnosis: %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS(`input[name="body-view"][value="hex"] + span`)))
	if got := b.text("#delivery"); !strings.Contains(got, "00000000  7b 22 65") {
		t.Errorf("no hex dump: %s", got)
	}
	log.Update(id, func(d *received.Delivery) {
		d.Diagnosis = &received.Diagnosis{Mistakes: []received.Mistake{{Text: "the body ends with a line feed", Fix: "use printf"}}, Note: "found at once"}
		d.Body = append(d.Body, '!')
	})
	b.until(`document.querySelector(".why").innerText.includes("he body ends with a line feed")`)
	if got := b.text(".why"); !strings.Contains(got, "use printf") || !strings.Contains(got, "found at once") || strings.Contains(got, "Looking") {
		t.Errorf("the diagnosis is %q", got)
	}
	b.until(`document.querySelector(".hex pre").textContent.includes("!")`)
	if !eval[bool](b, `document.querySelector('[value="hex"]').checked`) {
		t.Error("the view that was chosen is lost")
	}
	log.Update(id, func(d *received.Delivery) { d.Diagnosis = &received.Diagnosis{Tried: []string{"one", "two"}} })
	b.until(`document.querySelector("#tried")`)
	log.Update(id, func(d *received.Delivery) { d.Answer = fromApp(503, "later") })
	b.until(`document.querySelector("#delivery").innerText.includes("503 Service Unavailable from the app")`)

	b.do(chromedp.NavigateBack())
	b.until(`document.querySelector(".empty") && !document.querySelector("#delivery")`)
	if !eval[bool](b, `window.sameDocument === true`) {
		t.Error("the page was loaded again")
	}
}

// againInto returns an Again that adds the repeated delivery to the log, with an app's answer.
func againInto(log *received.Log, sent *atomic.Int64) func(context.Context, int) (int, error) {
	return func(_ context.Context, id int) (int, error) {
		d, ok := log.Get(id)
		if !ok {
			return 0, errors.New("gone")
		}
		sent.Store(int64(id))
		d.Repeats, d.Answer = id, fromApp(http.StatusAccepted, "")
		return log.Add(d), nil
	}
}

func TestKeyboardOpensADeliveryAndSendsItAgain(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	log.Add(genuine("console.test"))
	log.Add(genuine("message.created"))
	var sent atomic.Int64
	b := openTab(t, serve(t, page.Config{Log: log, Again: againInto(log, &sent), App: "http://127.0.0.1:1/"}))
	tabTo := func(selector string) {
		t.Helper()
		for range 20 {
			b.do(chromedp.KeyEvent(kb.Tab))
			if eval[bool](b, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
				if !eval[bool](b, `(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))`) {
					t.Errorf("the focus on %s cannot be seen", selector)
				}
				return
			}
		}
		t.Fatalf("Tab does not reach %s", selector)
	}
	tabTo("#row-1 a")
	// Deliveries that arrive meanwhile must not take the focus or move the row.
	top := eval[float64](b, `document.activeElement.getBoundingClientRect().top`)
	for range 30 {
		log.Add(genuine("console.test"))
	}
	b.until(`document.querySelector("#row-32")`)
	if !eval[bool](b, `document.activeElement.matches("#row-1 a")`) {
		t.Error("the focus is lost")
	}
	if now := eval[float64](b, `document.activeElement.getBoundingClientRect().top`); now < top-1 || now > top+1 {
		t.Errorf("the row moved from %g to %g", top, now)
	}
	b.until(`!document.querySelector("#newer").hidden && document.querySelector("#newer").textContent === "↑ 30 new"`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`document.activeElement.id === "delivery-heading" && document.querySelector("#delivery").dataset.id === "1"`)
	tabTo("#again button")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`location.pathname === "/deliveries/33" && document.querySelector("#connection.live")`)
	if got := b.text("#delivery"); sent.Load() != 1 || !strings.Contains(got, "sent again from #1") || !strings.Contains(got, "202 Accepted from the app") {
		t.Errorf("sent %d: %s", sent.Load(), got)
	}
}

func TestCopyAsCurl(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	log.Add(genuine("console.test"))
	address := serve(t, page.Config{Log: log, App: "http://127.0.0.1:1/"})
	_, command := request(t, "GET", address+"/deliveries/1/curl", nil, "")
	command = strings.TrimSuffix(command, "\n")
	b := openTab(t, address+"/deliveries/1")
	if !eval[bool](b, `document.querySelector("#again button").disabled`) || !strings.Contains(b.text("#no-app"), "There is no app") {
		t.Error("it can be sent again without an app, or no reason is given")
	}
	eval[bool](b, `(navigator.clipboard.writeText = async () => { throw new Error("refused"); }, true)`)
	b.do(chromedp.Click(chromedp.CSS("#copy button")))
	b.until(`document.activeElement.id === "command-text" && document.activeElement.offsetHeight > 0`)
	if got := eval[string](b, `getSelection().toString() || document.activeElement.value`); got != command {
		t.Errorf("got %q, want %q", got, command)
	}
	eval[bool](b, `(navigator.clipboard.writeText = async (text) => { window.copied = text; }, true)`)
	b.do(chromedp.Click(chromedp.CSS("#copy button")))
	b.until(`document.querySelector("#copied").textContent === "Copied."`)
	if got := eval[string](b, `window.copied`); got != command {
		t.Errorf("got %q, want %q", got, command)
	}
}

// The page has the log's bounds: dropped deliveries vanish, and a flood does not block it.
func TestFloodAndBounds(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	first := log.Add(genuine("console.test"))
	b := openTab(t, fmt.Sprintf("%s/deliveries/%d", serve(t, page.Config{Log: log}), first))
	for range 5000 {
		log.Add(genuine("message.created"))
	}
	big := genuine("message.updated")
	big.Body = []byte(strings.Repeat("x", 1<<20))
	log.Add(big)
	b.until(`document.querySelector("#row-5002") && document.querySelector("#rows").children.length === 500 && document.querySelector("#row-4503")`)
	b.until(`document.querySelector("#gone") && !document.querySelector("#again")`)
	for range 70 { // 70 MiB
		log.Add(big)
	}
	b.until(`document.querySelector("#row-5072") && document.querySelector("#rows").children.length === 63`)
	b.do(chromedp.Click(chromedp.CSS("#row-5072 a")))
	b.until(`document.querySelector("#delivery").dataset.id === "5072"`)
	if got := b.text("#delivery"); !strings.Contains(got, "The first 64 KiB.") || len(got) > 80<<10 {
		t.Errorf("%d bytes of text are shown", len(got))
	}

	// A reader who has scrolled down stays there and is offered the new deliveries.
	eval[bool](b, `(document.querySelector(".list").scrollTop = 1000, true)`)
	top := eval[float64](b, `document.querySelector("#row-5050").getBoundingClientRect().top`)
	log.Add(genuine("message.deleted"))
	b.until(`!document.querySelector("#newer").hidden`)
	if now := eval[float64](b, `document.querySelector("#row-5050").getBoundingClientRect().top`); now < top-1 || now > top+1 {
		t.Errorf("the row moved from %g to %g", top, now)
	}
	b.do(chromedp.Click(chromedp.CSS("#newer")))
	b.until(`document.querySelector("#newer").hidden && document.querySelector(".list").scrollTop === 0`)
}

func TestLostConnection(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	start := func(address string) (string, func()) {
		t.Helper()
		handler, err := page.New(page.Config{Log: log})
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: handler}
		go func() { _ = server.Serve(listener) }()
		return listener.Addr().String(), func() { _ = server.Close() }
	}
	address, stop := start("127.0.0.1:0")
	log.Add(genuine("console.test"))
	b := openTab(t, "http://"+address+"/deliveries/1")
	stop()
	b.until(`document.querySelector("#connection.lost")?.textContent.includes("Not connected")`)
	log.Add(refused())
	_, stop = start(address)
	defer stop()
	// Another process has another token, so the page starts from the beginning.
	b.until(`location.pathname === "/" && document.querySelector("#connection.live") && document.querySelector("#row-2")`)
}

// The process is the same; only the connection ends.
func TestReconnectMissesNothing(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	log.Add(refused())
	handler, err := page.New(page.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	var refuse atomic.Bool
	var end atomic.Pointer[context.CancelFunc]
	address := serveHandler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			if refuse.Load() {
				http.Error(w, "no", http.StatusServiceUnavailable)
				return
			}
			ctx, cancel := context.WithCancel(r.Context())
			end.Store(&cancel)
			r = r.WithContext(ctx)
		}
		handler.ServeHTTP(w, r)
	}))
	b := openTab(t, address+"/deliveries/1")
	refuse.Store(true)
	(*end.Load())()
	b.until(`document.querySelector("#connection.lost")`)
	log.Update(1, func(d *received.Delivery) { d.Diagnosis = &received.Diagnosis{Note: "meanwhile"} })
	log.Add(genuine("console.test"))
	refuse.Store(false)
	b.until(`document.querySelector("#connection.live") && document.querySelector("#row-2") && document.querySelector(".why").innerText.includes("meanwhile")`)
}

func TestPageWorksWithoutScript(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	log.Add(genuine("console.test"))
	var sent atomic.Int64
	address := serve(t, page.Config{Log: log, Again: againInto(log, &sent), App: "http://127.0.0.1:1/"})
	b := newTab(t)
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(address), chromedp.Click(chromedp.CSS("#row-1 a")), chromedp.WaitVisible(chromedp.CSS("#delivery .pretty pre")),
		chromedp.Click(chromedp.CSS("#again button")), chromedp.WaitVisible(chromedp.CSS("#row-2 [aria-current]")))
	if sent.Load() != 1 {
		t.Errorf("sent %d", sent.Load())
	}
}
