package page

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

const noApp = "There is no app to send it to. Start listen with -forward and the URL of your app."

// view is the data for the template.
type view struct {
	Title   string
	Process string
	Token   string
	App     []segment
	Address []segment
	SendTo  []segment // the URL of listen
	Count   int
	Refused int
	Newest  int
	Rows    []row
	Notice  notice
	Open    *opened // the delivery that is shown; nil if none is
}

// notice is a message about a failure. Its Cause is foreign text.
type notice struct {
	Text  string
	Cause []segment
}

// verdict is shown as a word and a mark, so that verdicts differ in more than colour.
type verdict struct{ Class, Mark, Text string }

func verdictOf(d received.Delivery) verdict {
	switch {
	case !d.Genuine:
		return verdict{"refused", "✕", "Refused"}
	case d.Previous:
		return verdict{"previous", "✓", "Genuine, previous secret"}
	default:
		return verdict{"genuine", "✓", "Genuine"}
	}
}

// row is a delivery in the list.
type row struct {
	ID      int
	Current bool
	Verdict verdict
	Short   string // the verdict in one word
	Name    []segment
	Known   bool // Name is the event's type, not the target
	Clock   string
	Time    string
	Size    string
	Result  string // of the answer
	Bad     bool   // the answer is not a success
	Repeats int
}

// opened is a delivery with all its details.
type opened struct {
	ID         int
	Verdict    verdict
	Event      []segment
	Clock      string
	Time       string
	Size       string
	Line       []segment
	Incomplete []segment
	Refusal    []segment
	Diagnosis  *diagnosis
	Waiting    bool // for a diagnosis
	Header     []field
	Body       *bodyView
	Answer     *answer
	Repeats    int
	Original   bool // the delivery that this one repeats is still kept
	CanSend    bool
	NoApp      string
	Inexact    bool // something was removed from the curl command
}

type diagnosis struct {
	Mistakes []mistake
	Tried    [][]segment
	Note     []segment
}

type mistake struct{ Text, Fix []segment }

type field struct{ Name, Value []segment }

type answer struct {
	Status  string
	Bad     bool
	Took    string
	Failure []segment
	FromApp bool
	Header  []field
	Body    *bodyView
	Cut     bool
}

// view returns the data for all deliveries, and for the open one if it is not nil.
func (p *page) view(open *received.Delivery, n notice) view {
	list := p.Log.List()
	v := view{
		Process: p.process, Token: p.token, Notice: n, Count: len(list),
		App: visible(p.clean(p.App)), Address: visible(p.clean(p.Address)), SendTo: visible(p.clean("http://" + p.Address + "/")),
	}
	for _, d := range list {
		v.Newest = max(v.Newest, d.ID)
		if !d.Genuine {
			v.Refused++
		}
		v.Rows = append(v.Rows, p.row(d, open != nil && open.ID == d.ID))
	}
	v.Title = "sendsar-webhook listen"
	if v.Count > 0 {
		v.Title = fmt.Sprintf("%d received, %d refused – %s", v.Count, v.Refused, v.Title)
	}
	if open != nil {
		v.Open = p.open(*open)
		v.Title = fmt.Sprintf("#%d %s – %s", open.ID, v.Open.Verdict.Text, v.Title)
	}
	return v
}

func (p *page) row(d received.Delivery, current bool) row {
	r := row{
		ID: d.ID, Current: current, Verdict: verdictOf(d), Short: "Genuine", Repeats: d.Repeats,
		Clock: d.At.Format("15:04:05"), Time: d.At.Format(time.RFC3339Nano), Size: byteCount(len(d.Body)),
		Known: d.Event != "",
	}
	if !d.Genuine {
		r.Short = "Refused"
	}
	name := d.Event
	if name == "" {
		name = d.Method + " " + d.Target
	}
	short, shortened := received.Start(p.clean(name), 200)
	if shortened {
		short += "…"
	}
	r.Name = visible(short)
	if a := d.Answer; a != nil {
		r.Result, r.Bad = "no answer", true
		if a.Status != 0 {
			r.Result, r.Bad = strconv.Itoa(a.Status), a.Status < 200 || a.Status > 299
		}
		if a.FromApp {
			r.Result += " in " + duration(a.Took)
		}
	}
	return r
}

func (p *page) open(d received.Delivery) *opened {
	safe, changed := redact(d, p.Redact(d))
	target := p.target(d)
	o := opened{
		ID: d.ID, Verdict: verdictOf(d), Event: visible(safe.Event), Size: byteCount(len(d.Body)),
		Clock: d.At.Format("2 January 2006, 15:04:05.000"), Time: d.At.Format(time.RFC3339Nano),
		Line: visible(line(safe)), Incomplete: visible(safe.Incomplete), Refusal: visible(safe.Refusal),
		Waiting: !d.Genuine && d.Diagnosis == nil, Body: newBodyView(string(safe.Body)), Repeats: d.Repeats,
		CanSend: p.Again != nil, NoApp: noApp, Inexact: changed || p.clean(target) != target,
	}
	_, o.Original = p.Log.Get(d.Repeats)
	if safe.Host != "" {
		o.Header = append(o.Header, field{visible("Host"), visible(safe.Host)})
	}
	o.Header = append(o.Header, fields(safe.Header)...)
	if safe.Diagnosis != nil {
		o.Diagnosis = &diagnosis{Note: visible(safe.Diagnosis.Note)}
		for _, m := range safe.Diagnosis.Mistakes {
			o.Diagnosis.Mistakes = append(o.Diagnosis.Mistakes, mistake{visible(m.Text), visible(m.Fix)})
		}
		for _, name := range safe.Diagnosis.Tried {
			o.Diagnosis.Tried = append(o.Diagnosis.Tried, visible(name))
		}
	}
	if a := safe.Answer; a != nil {
		o.Answer = &answer{
			Bad: a.Status < 200 || a.Status > 299, Took: duration(a.Took), Failure: visible(a.Failure), FromApp: a.FromApp,
			Header: fields(a.Header), Body: newBodyView(string(a.Body)), Cut: a.Cut,
		}
		if a.Status != 0 {
			o.Answer.Status = statusLine(a.Status)
		}
	}
	return &o
}

func fields(h http.Header) []field {
	var all []field
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			all = append(all, field{visible(name), visible(value)})
		}
	}
	return all
}

func statusLine(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return strconv.Itoa(status)
}

func duration(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < 10*time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}

func byteCount(n int) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.4g KiB", float64(n)/(1<<10))
	default:
		return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
	}
}
