package page_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	webpage "github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// attack runs ran() if any of it becomes HTML. If its last characters are interpreted, the
// text is shown in another order.
const attack = `<script>ran()</script></pre></textarea></title><img src=x onerror=ran()><svg onload=ran()>` +
	`<a href="javascript:ran()">x</a>" onfocus="ran()" autofocus=" ' {{.}} ${ran()} &lt;b&gt;` + "\u202e\u2066\u200b\x00\x1b[31m\xff\ufeff"

// harmless is attack as the page must show it.
const harmless = `<script>ran()</script></pre></textarea></title><img src=x onerror=ran()><svg onload=ran()>` +
	`<a href="javascript:ran()">x</a>" onfocus="ran()" autofocus=" ' {{.}} ${ran()} &lt;b&gt;` + `\u202e\u2066\u200b\x00\x1b[31m\xff\ufeff`

// hostile returns a delivery with the attack in each text, and a long line in the body.
func hostile() received.Delivery {
	header := http.Header{"X-" + attack: {attack, strings.Repeat("x", 5000)}}
	return received.Delivery{
		At: arrival, Method: "POST" + attack, Target: "/" + attack, Proto: attack, Host: attack, Header: header,
		Body: []byte(attack + strings.Repeat("x", 1<<20)), Incomplete: attack, Refusal: attack,
		Diagnosis: &received.Diagnosis{Mistakes: []received.Mistake{{Text: attack, Fix: attack}}, Note: attack},
		Answer:    &received.Answer{Status: 200, Header: header, Body: []byte(attack), Cut: true, Failure: attack, FromApp: true},
	}
}

// witness runs in the page and records what must not happen.
const witness = `
	window.happened = [];
	window.ran = () => happened.push("hostile text ran");
	addEventListener("securitypolicyviolation", (e) => happened.push("violation of " + e.violatedDirective + " by " + e.blockedURI));
	addEventListener("error", (e) => happened.push("error: " + e.message));
	addEventListener("unhandledrejection", (e) => happened.push("rejection: " + e.reason));`

func watched(t *testing.T) tab {
	t.Helper()
	b := newTab(t)
	script := page.AddScriptToEvaluateOnNewDocumentParams{Source: witness}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, script); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b tab) wantNothingHappened() {
	b.t.Helper()
	if got := eval[[]string](b, `window.happened`); len(got) > 0 {
		b.t.Errorf("%q", got)
	}
}

func TestNothingOfADeliveryRuns(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	address := serve(t, webpage.Config{Log: log, Again: nothingAgain, App: "http://127.0.0.1:1/" + attack, Address: attack})
	b := watched(t)
	b.open(address)
	count := `[...document.querySelectorAll("script, img, svg, [onload], [onerror], [onfocus], [href^=javascript]")].map((e) => e.outerHTML).join()`
	want := eval[string](b, count) // the page's own script
	log.Add(hostile())
	event := genuine("console.test")
	event.Event = "\u202e" + attack
	log.Add(event)
	tried := hostile()
	tried.Diagnosis = &received.Diagnosis{Tried: []string{attack}}
	tried.Body = []byte(`{"a":"` + strings.ToValidUTF8(strings.NewReplacer("\x00", "", "\x1b", "", `"`, `\"`).Replace(attack), "") + `"}`)
	log.Add(tried)
	b.until(`document.querySelector("#row-1") && document.querySelector("#row-2") && document.querySelector("#row-3")`)
	b.until(`document.querySelector("#news").textContent`)
	for id := 3; id >= 1; id-- {
		b.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("#row-%d a", id))))
		b.until(fmt.Sprintf(`document.querySelector("#delivery")?.dataset.id === "%d"`, id))
		if got := eval[string](b, count); got != want {
			t.Errorf("delivery %d made %s", id, got)
		}
		b.wantNothingHappened()
	}
	// The delivery that is open now is the first one.
	for _, selector := range []string{
		".why .refusal", ".mistakes li p:first-child", ".fix", ".note", ".notice", "section[aria-labelledby=answer-heading] .refusal",
		".request-line", "section[aria-labelledby=header-heading] .fields div:nth-child(2) dt", "section[aria-labelledby=header-heading] .fields dd",
		`pre[aria-label="Body, raw"]`, `pre[aria-label="Body of the answer, raw"]`, "#answer-header dt", "#answer-header dd", ".top dd", ".top div:nth-child(2) dd",
	} {
		if got := eval[string](b, `document.querySelector(`+"`"+selector+"`"+`).textContent`); !strings.Contains(got, harmless) {
			t.Errorf("%s: got %.400q", selector, got)
		}
	}
	if got := eval[string](b, `document.querySelector("#row-2 .name").textContent`); !strings.HasPrefix(got, `\u202e`+harmless[:150]) {
		t.Errorf("the event is %q", got)
	}
	// The same, as the server sends it.
	b.open(address + "/deliveries/1")
	b.wantNothingHappened()
	for _, width := range []int64{1280, 320} {
		b.size(width, 800)
		b.wantNoOverflow(fmt.Sprintf("hostile, %d wide", width))
	}

	// The witness itself works: it sees what the policy stops.
	eval[bool](b, `(() => {
		const script = document.createElement("script");
		try { script.textContent = "ran()"; } catch {}
		script.append("ran()");
		document.body.append(script);
		return true;
	})()`)
	b.until(`happened.some((text) => text.startsWith("violation of"))`)
	if eval[bool](b, `happened.includes("hostile text ran")`) {
		t.Error("an injected script runs")
	}
	if !eval[bool](b, `(() => { try { document.body.innerHTML = "<b>"; return false; } catch { return true; } })()`) {
		t.Error("text can become HTML")
	}
}

// If the policy stops anything in normal use, the page has a bug.
func TestPolicyAllowsAllThatThePageDoes(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	id := log.Add(refused())
	b := watched(t)
	b.open(serve(t, webpage.Config{Log: log, Again: nothingAgain, App: "http://127.0.0.1:1/"}))
	b.do(chromedp.Click(chromedp.CSS("#row-1 a")))
	b.until(`document.querySelector("#delivery")`)
	log.Update(id, func(d *received.Delivery) { d.Diagnosis = &received.Diagnosis{Note: "a note"} })
	b.until(`document.querySelector(".note")`)
	b.do(chromedp.Click(chromedp.CSS("#copy button")))
	b.until(`document.querySelector("#copied").textContent || !document.querySelector("#command").hidden`)
	b.wantNothingHappened()
	b.do(chromedp.Click(chromedp.CSS("#again button")))
	b.until(`document.querySelector("[role=alert]")?.innerText.includes("not in this test")`)
	b.wantNothingHappened()
}
