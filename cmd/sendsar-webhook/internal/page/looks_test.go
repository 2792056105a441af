package page_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// wantNoOverflow fails if the page, or anything that does not scroll by itself, is wider than
// the window.
func (b tab) wantNoOverflow(name string) {
	b.t.Helper()
	wide := eval[[]string](b, `(() => {
		const width = document.documentElement.clientWidth;
		const inside = (e) => { for (; e; e = e.parentElement) if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(e).overflowX) && e !== document.documentElement && e !== document.body) return true; return false; };
		const all = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 1 && !inside(e.parentElement));
		if (document.scrollingElement.scrollWidth > width) all.push(document.scrollingElement);
		for (const pane of document.querySelectorAll("main, .list")) if (pane.scrollWidth > pane.clientWidth) all.push(pane);
		return all.map((e) => e.outerHTML.slice(0, 100));
	})()`)
	if len(wide) > 0 {
		b.t.Errorf("%s: too wide are %q", name, wide)
	}
}

// contrasts returns the texts whose contrast with their background is under 4.5, and how many
// texts it looked at.
const contrasts = `(() => {
	const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
	const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
	const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const low = []; let looked = 0;
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility() || e.closest(":disabled")) continue;
		let back = e; while (back && rgba(getComputedStyle(back).backgroundColor)[3] !== 255) back = back.parentElement;
		const a = light(rgba(getComputedStyle(e).color)), b = light(rgba(getComputedStyle(back ?? document.documentElement).backgroundColor));
		looked++;
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) low.push(ratio.toFixed(2) + " " + e.outerHTML.slice(0, 120));
	}
	return { low, looked };
})()`

func TestEverythingCanBeRead(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	exampleDeliveries(log)
	escapes := genuine("console.test")
	escapes.Body, escapes.Incomplete = []byte("a\x00b"), "the sender stopped"
	log.Add(escapes) // 11
	full := serve(t, page.Config{Log: log, Again: nothingAgain, App: "http://127.0.0.1:3000/webhooks/sendsar", Address: "127.0.0.1:8080"})
	empty := serve(t, page.Config{Log: received.NewLog(5, 1<<20), Address: "127.0.0.1:8080"})
	b := newTab(t)
	for _, scheme := range []string{"light", "dark"} {
		b.prefer("prefers-color-scheme", scheme)
		for _, url := range []string{empty, full + "/deliveries/3", full + "/deliveries/4", full + "/deliveries/5", full + "/deliveries/11", full + "/deliveries/99"} {
			b.size(1280, 800)
			b.open(url)
			got := eval[struct {
				Low    []string
				Looked int
			}](b, contrasts)
			if len(got.Low) > 0 || got.Looked < 15 {
				t.Errorf("%s, %s: of %d texts these have too little contrast: %q", scheme, url, got.Looked, got.Low)
			}
			if scheme == "dark" {
				continue
			}
			for _, width := range []int64{320, 360, 831, 832, 1280} {
				b.size(width, 700)
				b.wantNoOverflow(fmt.Sprintf("%s, %d wide", url, width))
			}
		}
	}
	back := eval[string](b, `getComputedStyle(document.documentElement).backgroundColor`)
	b.prefer("prefers-color-scheme", "light")
	if light := eval[string](b, `getComputedStyle(document.documentElement).backgroundColor`); light == back {
		t.Error("light and dark are the same")
	}
}

// A narrow window shows the list or the delivery, not both.
func TestNarrowWindow(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	log.Add(genuine("console.test"))
	address := serve(t, page.Config{Log: log})
	b := newTab(t)
	b.size(360, 740)
	b.open(address)
	b.do(chromedp.Click(chromedp.CSS("#row-1 a")))
	b.until(`document.querySelector("#delivery")?.checkVisibility() && !document.querySelector(".list").checkVisibility()`)
	b.do(chromedp.Click(chromedp.CSS(".back a")))
	b.until(`document.querySelector(".list").checkVisibility() && document.activeElement.matches("#row-1 a")`)
	b.open(address + "/deliveries/99")
	b.until(`document.querySelector("[role=alert]").checkVisibility()`)
}

// A screen reader gets the parts of the page by role and name.
func TestAccessibilityTree(t *testing.T) {
	log := received.NewLog(500, 64<<20)
	path := exampleDeliveries(log)
	b := openTab(t, serve(t, page.Config{Log: log, Again: nothingAgain, App: "http://127.0.0.1:3000/"})+path)
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, node := range tree.Nodes {
		if node.Ignored || node.Role == nil {
			continue
		}
		entry := textOf(t, node.Role) + ": " + textOf(t, node.Name)
		all = append(all, strings.Join(strings.Fields(entry), " "))
	}
	for _, want := range []string{
		"banner:", "navigation: Deliveries", "main:", "heading: sendsar-webhook listen", "heading: Deliveries", "heading: message.created #8",
		"heading: Why it was refused", "heading: Body", "heading: Request", "heading: Answer", "button: Send again", "button: Copy as curl", "button: Save",
		"group: Actions", "group: Body: view", "radio: Pretty", "radio: Raw", "radio: Hex", "region: Body, indented", "link: Skip to the delivery",
		"article: message.created #8", "region: Why it was refused", "status:",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("there is no %q in %q", want, all)
		}
	}
	for _, entry := range all {
		role, name, _ := strings.Cut(entry, ": ")
		if name == "" && slices.Contains([]string{"button", "link", "radio", "textbox", "heading", "region"}, strings.TrimSuffix(role, ":")) {
			t.Errorf("%q has no name", entry)
		}
	}
	if !slices.ContainsFunc(all, func(entry string) bool {
		return strings.HasPrefix(entry, "link: ") && strings.Contains(entry, "Refused") && strings.Contains(entry, "#8")
	}) {
		t.Errorf("no row has its verdict as text: %q", all)
	}
}

func textOf(t *testing.T, value *accessibility.Value) string {
	t.Helper()
	if value == nil || len(value.Value) == 0 {
		return ""
	}
	var text string
	if err := json.Unmarshal(value.Value, &text); err != nil {
		return string(value.Value)
	}
	return text
}
