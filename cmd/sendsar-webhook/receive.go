package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/redact"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The bounds of what the page can show.
const (
	shownDeliveries = 500
	shownBytes      = 64 << 20
)

// waiting is how many refused deliveries may wait for their explanation.
const waiting = 100

var silent = log.New(io.Discard, "", 0)

// listener receives deliveries.
type listener struct {
	verifier *webhook.Verifier
	secrets  secrets
	limit    int64
	app      *app    // nil: there is none
	folder   *folder // nil: nothing is saved
	lines    *lines

	log     *received.Log
	hides   *redact.Redactor // the secrets
	refused chan printed     // deliveries that wait for their explanation
	working sync.WaitGroup   // the deliveries that are being answered
	running context.Context  // ends when listen ends, and then ends what the page started

	mu   sync.Mutex
	last time.Time // when the last delivery arrived
}

func (l *listener) start() {
	l.log = received.NewLog(shownDeliveries, shownBytes)
	l.hides = redact.New(l.secrets.current, l.secrets.previous)
	l.refused = make(chan printed, waiting)
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := received.Delivery{Method: r.Method, Target: r.RequestURI, Proto: r.Proto, Host: r.Host, Header: r.Header.Clone()}
	if r.ContentLength > l.limit { // refused without asking for the body
		w.Header().Set("Connection", "close")
		l.handle(r.Context(), w, d, &http.MaxBytesError{Limit: l.limit})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, l.limit))
	d.Body = body
	l.handle(r.Context(), w, d, err)
}

// handle verifies, logs and answers a delivery. It returns the delivery's ID.
func (l *listener) handle(ctx context.Context, w http.ResponseWriter, d received.Delivery, incomplete error) (id int) {
	l.working.Add(1)
	defer l.working.Done()
	verdict := l.verify(&d, incomplete)
	l.arrive(&d)
	defer func() { l.note(d) }() // also if a cut-off answer makes the handler panic
	saved := l.save(d)
	switch {
	case incomplete != nil:
		l.answer(w, &d, webhook.StatusCode(verdict), webhook.PublicMessage(verdict))
	case l.app != nil:
		l.forward(ctx, w, &d)
	case verdict != nil:
		l.answer(w, &d, webhook.StatusCode(verdict), webhook.PublicMessage(verdict))
	case saved != nil: // not stored, so not acknowledged
		l.answer(w, &d, http.StatusInternalServerError, "the delivery could not be saved")
	default:
		l.answer(w, &d, http.StatusNoContent, "")
	}
	return d.ID
}

// note logs the answer and prints the delivery. A refused delivery is explained first.
func (l *listener) note(d received.Delivery) {
	l.log.Update(d.ID, func(noted *received.Delivery) { noted.Answer = d.Answer })
	p := printed{d, len(d.Body)}
	p.Body = nil // the log alone holds it
	if d.Genuine {
		l.lines.delivery(p)
		return
	}
	select {
	case l.refused <- p:
	default:
		l.explained(p, &received.Diagnosis{Note: "not explained, because too many refused deliveries wait for it"})
	}
}

// explained logs the explanation of a refused delivery, and prints the delivery.
func (l *listener) explained(p printed, diagnosis *received.Diagnosis) {
	p.Diagnosis = diagnosis
	l.log.Update(p.ID, func(noted *received.Delivery) { noted.Diagnosis = diagnosis })
	l.lines.delivery(p)
}

// verify verifies a delivery as an endpoint does, although its body has been read already.
// incomplete is the error that ended the body early, or nil.
func (l *listener) verify(d *received.Delivery, incomplete error) error {
	r := &http.Request{Method: d.Method, Header: d.Header.Clone(), ContentLength: int64(len(d.Body))}
	r.Header.Del("Content-Length") // the length of the body itself counts
	r.Body = io.NopCloser(bytes.NewReader(d.Body))
	if len(d.Body) == 0 {
		r.Body = http.NoBody
	}
	if incomplete != nil {
		r.ContentLength = -1
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(d.Body), failing{incomplete}))
	}
	verified, err := l.verifier.VerifyRequest(nil, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(incomplete, &tooLarge):
		d.Incomplete = "the body has more bytes than -max-body allows"
	case errors.Is(incomplete, io.ErrUnexpectedEOF):
		d.Incomplete = "the sender stopped before the body was complete"
	case incomplete != nil:
		d.Incomplete = "the body could not be read: its chunks are not right, or the connection failed"
	}
	// A secret can have the form of an event's type.
	if event := eventOf(d.Body); l.hides.Text(event) == event {
		d.Event = event
	}
	if err != nil {
		d.Refusal = withoutPackage(err)
		return err
	}
	d.Genuine, d.Previous = true, verified.SecretIndex > 0
	return nil
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// eventOf returns the type of a body's event, or "" if the type must not be shown.
func eventOf(body []byte) string {
	event, err := webhook.Delivery{Body: body}.Event()
	if err != nil {
		return ""
	}
	for _, attr := range event.LogValue().Group() {
		if attr.Key == "type" {
			return attr.Value.String()
		}
	}
	return ""
}

// arrive adds a delivery to the log. It sets the time and the ID, both of which ascend in the
// order of arrival.
func (l *listener) arrive(d *received.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d.At = time.Now()
	if !d.At.After(l.last) {
		d.At = l.last.Add(1)
	}
	l.last = d.At
	d.ID = l.log.Add(*d)
}

// save writes a delivery to a file if -save is set. It skips a delivery that is incomplete or
// that the page sent again.
func (l *listener) save(d received.Delivery) error {
	if l.folder == nil || d.Repeats != 0 || d.Incomplete != "" {
		return nil
	}
	err := l.folder.write(d)
	if err != nil {
		l.lines.complain("-save: %v", cause(err))
	}
	return err
}

func (l *listener) answer(w http.ResponseWriter, d *received.Delivery, status int, text string) {
	d.Answer = &received.Answer{Status: status, Took: time.Since(d.At)}
	if text == "" {
		w.WriteHeader(status)
		return
	}
	http.Error(w, text, status)
}

// forward sends a delivery to the app and records the start of the answer. An app may echo
// the signature that it expected, so forward redacts what is printed of the answer. The page
// redacts the rest.
func (l *listener) forward(ctx context.Context, w http.ResponseWriter, d *received.Delivery) {
	start := time.Now()
	answer := &received.Answer{FromApp: true}
	defer func() {
		answer.Took = time.Since(start)
		if location := answer.Header.Get("Location"); answer.Failure+location != "" {
			foreign := l.redactor(*d)
			answer.Failure = foreign.Text(answer.Failure)
			if location != "" {
				answer.Header.Set("Location", foreign.Text(location))
			}
		}
		d.Answer = answer
	}()
	l.app.forward(ctx, w, *d, answer)
}

// redactor returns a Redactor for the secrets and for the right signatures of a delivery.
func (l *listener) redactor(d received.Delivery) *redact.Redactor {
	values := []string{l.secrets.current, webhook.Sign(l.secrets.current, d.Body)}
	if l.secrets.previous != "" {
		values = append(values, l.secrets.previous, webhook.Sign(l.secrets.previous, d.Body))
	}
	return redact.New(values...)
}

// explainAll explains the refused deliveries one by one. After ctx ends it only prints them.
// It returns when stop is closed and no delivery waits.
func (l *listener) explainAll(ctx context.Context, stop <-chan struct{}) {
	for {
		select {
		case p := <-l.refused:
			l.explained(p, l.explainKept(ctx, p.ID))
		case <-stop:
			for len(l.refused) > 0 { // only this goroutine receives from it
				p := <-l.refused
				l.explained(p, l.explainKept(ctx, p.ID))
			}
			return
		}
	}
}

func (l *listener) explainKept(ctx context.Context, id int) *received.Diagnosis {
	d, found := l.log.Get(id)
	if !found {
		return &received.Diagnosis{Note: "not explained, because too many deliveries came after it"}
	}
	diagnosis := l.explain(ctx, d)
	if ctx.Err() != nil { // the search was interrupted
		return &received.Diagnosis{Note: "not explained, because listen ends"}
	}
	return diagnosis
}

func (l *listener) explain(ctx context.Context, d received.Delivery) *received.Diagnosis {
	values := d.Header.Values(webhook.SignatureHeader)
	switch {
	case d.Method == http.MethodGet || d.Method == http.MethodHead:
		return &received.Diagnosis{Mistakes: []received.Mistake{{
			Text: "this is a " + d.Method + " request, and Sendsar sends POST",
			Fix:  "nothing is wrong with the signature: a browser or a health check asked",
		}}}
	case d.Incomplete != "":
		return &received.Diagnosis{Mistakes: []received.Mistake{{Text: d.Incomplete, Fix: fixIncomplete(d.Incomplete)}}}
	case len(values) > 1:
		return &received.Diagnosis{Mistakes: []received.Mistake{{
			Text: "the request has several " + webhook.SignatureHeader + " headers",
			Fix:  "let nothing between Sendsar and the app add one",
		}}}
	}
	found := judge(ctx, l.secrets, d.Body, strings.Join(values, ""), nil)
	diagnosis := &received.Diagnosis{Tried: found.Tried}
	for _, m := range found.Mistakes {
		diagnosis.Mistakes = append(diagnosis.Mistakes, received.Mistake{Text: m.Text, Fix: m.Fix})
	}
	return diagnosis
}

func fixIncomplete(why string) string {
	if strings.Contains(why, "-max-body") {
		return "raise -max-body, and the app's own limits"
	}
	return "look at what is between Sendsar and this machine, a proxy or a tunnel, and let it be sent again"
}

// page returns the configuration of the page.
func (l *listener) page(address string) page.Config {
	c := page.Config{Log: l.log, Address: address, Redact: func(d received.Delivery) func(string) string {
		if d.ID == 0 || d.Genuine { // a genuine one keeps the signature that came with it
			return l.hides.Text
		}
		return l.redactor(d).Text
	}}
	if l.app != nil {
		c.App = l.app.shown()
		c.AppURL = l.app.urlFor
		c.Again = l.again
	}
	return c
}

var errGone = errors.New("the delivery is no longer kept")

// again sends a delivery to the app once more, as a new delivery that repeats the first. It
// goes on if the browser disconnects, but not after listen ends.
func (l *listener) again(_ context.Context, id int) (int, error) {
	d, found := l.log.Get(id)
	if !found || d.Incomplete != "" {
		return 0, errGone
	}
	repeated := received.Delivery{
		Method: d.Method, Target: d.Target, Proto: d.Proto, Host: d.Host, Header: d.Header.Clone(), Body: d.Body, Repeats: id,
	}
	ctx, cancel := context.WithTimeout(l.running, time.Minute)
	defer cancel()
	return l.handle(ctx, nobody{}, repeated, nil), nil
}

// nobody is a ResponseWriter that discards the answer.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(p []byte) (int, error) { return len(p), nil }
func (nobody) WriteHeader(int)             {}
