package page

import (
	"net/http"
	"strings"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// redact returns a copy of a delivery in which every text went through clean, and reports
// whether that changed what a curl command would send.
func redact(d received.Delivery, clean func(string) string) (safe received.Delivery, changed bool) {
	sent := func(text string) string {
		cleaned := clean(text)
		changed = changed || cleaned != text
		return cleaned
	}
	d.Method, d.Target = sent(d.Method), sent(d.Target)
	d.Header, d.Body = redactHeader(d.Header, sent), []byte(sent(string(d.Body)))
	d.Proto, d.Host, d.Incomplete, d.Event = clean(d.Proto), clean(d.Host), clean(d.Incomplete), clean(d.Event)
	d.Refusal = clean(d.Refusal)
	if d.Diagnosis != nil {
		diagnosis := received.Diagnosis{Note: clean(d.Diagnosis.Note)}
		for _, m := range d.Diagnosis.Mistakes {
			diagnosis.Mistakes = append(diagnosis.Mistakes, received.Mistake{Text: clean(m.Text), Fix: clean(m.Fix)})
		}
		for _, name := range d.Diagnosis.Tried {
			diagnosis.Tried = append(diagnosis.Tried, clean(name))
		}
		d.Diagnosis = &diagnosis
	}
	if d.Answer != nil {
		answer := *d.Answer
		answer.Header, answer.Body = redactHeader(answer.Header, clean), []byte(clean(string(answer.Body)))
		answer.Failure = clean(answer.Failure)
		d.Answer = &answer
	}
	return d, changed
}

// redactHeader cleans the names too, because the sender chooses them.
func redactHeader(h http.Header, clean func(string) string) http.Header {
	if h == nil {
		return nil
	}
	safe := make(http.Header, len(h))
	for name, values := range h {
		cleanName := clean(name)
		for _, value := range values {
			safe[cleanName] = append(safe[cleanName], clean(value))
		}
	}
	return safe
}

// line returns the request line.
func line(d received.Delivery) string {
	return strings.Join([]string{d.Method, d.Target, d.Proto}, " ")
}
