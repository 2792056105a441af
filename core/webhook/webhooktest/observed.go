package webhooktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// response is one answer, interim ones included.
type response struct {
	status int
	header http.Header
	body   string
}

// observed is everything that came of a case: what went over the wire, and what happened
// inside the receiver.
type observed struct {
	sent      []byte
	bodies    [][]byte // of the messages, before they were framed
	received  []byte
	responses []response
	others    []response // on other connections than the one that is reported
	open      bool       // the server neither answered to the end nor closed
	taken     int        // bytes that a sender could send on after its refusal
	happened
	problem string // of the case's own checks
	about   []byte // what the bodies begin with that problem is about
}

// mostTaken is how much a sender may send on after its refusal: what is read on, and what
// the kernel buffers on both sides.
const mostTaken = 48 << 20

// How an outcome shows answers that are missing.
const (
	noAnswer  = "no answer"
	staysOpen = "and stays open"
)

// outcome is what a Difference declares: the statuses, then how often the handler ran, and
// whether it saw bytes that were not sent.
func (o observed) outcome() string {
	var parts []string
	for _, r := range o.responses {
		parts = append(parts, strconv.Itoa(r.status))
	}
	switch {
	case len(parts) == 0 && o.open:
		parts = append(parts, noAnswer)
	case len(parts) == 0:
		parts = append(parts, "closed")
	case o.open:
		parts = append(parts, staysOpen)
	}
	text := strings.Join(parts, " ") + ", handled " + strconv.Itoa(len(o.seen))
	nothing, other, misread := 0, 0, 0
	for _, one := range o.seen {
		if one.misread != "" {
			misread++
		}
		switch {
		case slices.ContainsFunc(o.bodies, func(body []byte) bool { return bytes.Equal(body, one.body) }):
		case len(one.body) == 0:
			nothing++
		default:
			other++
		}
	}
	if nothing > 0 {
		text += fmt.Sprintf(", %d without a body", nothing)
	}
	if other > 0 {
		text += fmt.Sprintf(", %d with other bytes", other)
	}
	if misread > 0 {
		text += fmt.Sprintf(", %d misread", misread)
	}
	if o.taken > mostTaken {
		text += ", reads on"
	}
	return text
}

// without are the answers of a framework that adds each answer to what is there already.
func without(earlier string, responses []response) []response {
	responses = slices.Clone(responses)
	for i, r := range responses {
		rest, ok := strings.CutPrefix(r.body, earlier)
		if !ok {
			continue
		}
		header := r.header.Clone()
		if header.Get("Content-Length") != "" {
			header.Set("Content-Length", strconv.Itoa(len(rest)))
		}
		responses[i] = response{r.status, header, rest}
	}
	return responses
}

func (o observed) statusesAre(statuses ...int) string {
	var got []int
	for _, r := range o.responses {
		got = append(got, r.status)
	}
	if !slices.Equal(got, statuses) {
		return fmt.Sprintf("the answers have the statuses %v, not %v", got, statuses)
	}
	if o.open {
		return "the connection stays open"
	}
	return ""
}

// handledAre checks that the handler saw just these bodies, each once, verified. The
// order does not matter: deliveries may be in flight together.
func (o observed) handledAre(bodies ...[]byte) string {
	if len(o.seen) != len(bodies) {
		return fmt.Sprintf("the handler ran %d times, not %d", len(o.seen), len(bodies))
	}
	left := slices.Clone(bodies)
	for _, one := range o.seen {
		if !one.verified {
			return "the handler ran and FromContext was false"
		}
		i := slices.IndexFunc(left, func(body []byte) bool { return bytes.Equal(body, one.body) })
		if i < 0 {
			return fmt.Sprintf("the handler saw %d bytes that were not signed: %s", len(one.body), shorten(one.body))
		}
		left = slices.Delete(left, i, i+1)
	}
	return ""
}

// answersAreTheHandlers checks that what the handler answered came back as it was.
func (o observed) answersAreTheHandlers() string {
	left := o.seen
	for _, r := range o.responses {
		switch {
		case r.status != http.StatusOK:
		case len(left) == 0:
			return "answered with 200, and the handler did not run"
		case r.body != left[0].answer:
			return fmt.Sprintf("answered with %q, the handler's answer was %q", r.body, left[0].answer)
		default:
			left = left[1:]
		}
	}
	return ""
}

const shown = 96 // bytes of a line that a report shows

func shorten(p []byte) string {
	if len(p) <= shown {
		return strconv.QuoteToASCII(string(p))
	}
	return fmt.Sprintf("%s … and %d bytes more", strconv.QuoteToASCII(string(p[:shown])), len(p)-shown)
}

// says: the answer is this public text, in whatever the framework wraps it, and nothing
// after it.
func (r response) says(public string) string {
	mediaType, _, _ := mime.ParseMediaType(r.header.Get("Content-Type")) // "" is no type either
	ok := strings.Contains(r.body, public)
	switch {
	case strings.HasSuffix(mediaType, "json"):
		ok = ok && json.Valid([]byte(r.body))
	case mediaType == "" || mediaType == "text/plain":
		ok = strings.TrimSpace(r.body) == public
	}
	if !ok {
		return fmt.Sprintf("a %d has the text %q, where the public one is %q", r.status, r.body, public)
	}
	return ""
}

var digest = regexp.MustCompile("[0-9A-Fa-f]{64}")

// shows names what our own side's texts must not show, even to a client that sent it: a
// log or a proxy on the way keeps it. (A framework may quote a request that it cannot
// parse.)
func shows(text string) string {
	switch {
	case strings.Contains(text, "sha256=") || digest.MatchString(text):
		return "a signature"
	case strings.Contains(text, sampleRoom):
		return "the body"
	}
	return ""
}
