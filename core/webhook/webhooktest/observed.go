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

// response is one answer. It may be an interim one.
type response struct {
	status int
	header http.Header
	body   string
}

// observed is the result of a case: the bytes on the wire, and what happened inside the
// receiver.
type observed struct {
	sent      []byte
	bodies    [][]byte // of the messages, before they were framed
	received  []byte
	responses []response
	others    []response // on connections other than the reported one
	open      bool       // the server neither completed its answers nor closed
	taken     int        // bytes that an endless sender could send
	happened
	problem string // from the checks during the conversation
	about   []byte // the prefix of the bodies that problem is about
}

// mostTaken is how many bytes a refused sender may still send: those that the server reads,
// and those that the kernel buffers on both sides.
const mostTaken = 48 << 20

// The texts of an outcome for missing answers.
const (
	noAnswer  = "no answer"
	staysOpen = "and stays open"
)

// outcome returns the text that a Difference declares: the statuses, how often the handler
// ran, and whether it saw bytes that were not sent.
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
	sent := make(map[string]bool)
	for _, body := range o.bodies {
		sent[string(body)] = true
	}
	nothing, other, misread := 0, 0, 0
	for _, one := range o.seen {
		if one.misread != "" {
			misread++
		}
		switch {
		case sent[string(one.body)]:
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

// without removes an earlier middleware's body from the answers of a framework that appends
// each answer to it.
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

// handledAre checks that the handler saw exactly these bodies, each once, verified. The order
// does not matter, as deliveries may be handled at the same time.
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

// answersAreTheHandlers checks that the handler's answers came back unchanged.
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

const shown = 96 // bytes of a line in a report

func shorten(p []byte) string {
	if len(p) <= shown {
		return strconv.QuoteToASCII(string(p))
	}
	return fmt.Sprintf("%s … and %d bytes more", strconv.QuoteToASCII(string(p[:shown])), len(p)-shown)
}

// says checks that the answer has this public text. The framework may wrap it, for example in
// HTML. Plain text must have nothing else, and JSON must be valid, so that nothing follows.
func (r response) says(public string) string {
	mediaType, _, _ := mime.ParseMediaType(r.header.Get("Content-Type")) // "" if it does not parse
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

// shows reports a signature or the body in a text of the receiver's side. Neither may be in
// such a text, even in an answer to the client that sent it: a log or a proxy on the way may
// keep it. (A framework may quote a request that it cannot parse.)
func shows(text string) string {
	switch {
	case strings.Contains(text, "sha256=") || digest.MatchString(text):
		return "a signature"
	case strings.Contains(text, sampleRoom):
		return "the body"
	}
	return ""
}
