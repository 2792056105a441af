package webhooktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// rules hold in every case, whatever it wants and whatever is declared.
type rules struct {
	secrets           []string  // current and previous first, then those of others
	rejection         *response // the first 401, which every other one must equal
	errorHandlerCalls *int      // for the first refusal, and so for every other one
}

// broken is the first rule that a case breaks. logged is what was logged during the case.
func (s *rules) broken(o observed, logged string) string {
	for _, one := range o.seen {
		if problem := firstProblem(one.flaw, s.notSigned(one, o.sent)); problem != "" {
			return problem
		}
	}
	for _, one := range o.looks {
		if problem := lookFlaw(one, o.seen); problem != "" {
			return problem
		}
	}
	for _, answer := range slices.Concat(o.responses, o.others) {
		if answer.status == http.StatusUnauthorized && !bytes.HasPrefix(o.sent, []byte("HEAD ")) {
			if problem := s.sameRejection(answer); problem != "" {
				return problem
			}
		}
	}
	if problem := s.leaks(o); problem != "" {
		return problem
	}
	for _, err := range o.errs {
		text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
		if problem := firstProblem(shows(text), s.showsSecret(text)); problem != "" {
			return "the ErrorHandler's error shows " + problem
		}
	}
	return s.logs(o, logged)
}

// logs reports a log that shows more than it may. A framework may log the target of a
// request, and a client may write a signature there.
func (s *rules) logs(o observed, logged string) string {
	first, _, _ := bytes.Cut(o.sent, []byte("\r\n"))
	problem := s.showsSecret(logged)
	if problem == "" && shows(string(first)) == "" {
		problem = shows(logged)
	}
	for _, body := range o.bodies {
		if problem == "" && len(body) >= quotable && strings.Contains(logged, string(body[:quotable])) {
			problem = "the body"
		}
	}
	if problem != "" {
		return "the log shows " + problem
	}
	return ""
}

// quotable is how much of a body in a log is no accident.
const quotable = 24

// lookFlaw: where a request was refused, FromContext is false afterwards too.
func lookFlaw(one look, handled []seen) string {
	if !one.verified {
		return ""
	}
	if one.where == inErrorHandler {
		return "FromContext is true in the ErrorHandler"
	}
	for _, run := range handled {
		if run.verified && bytes.Equal(run.was, one.body) {
			return ""
		}
	}
	return "FromContext is true after the adapter refused the request"
}

// leaks reports whether the client learns what it did not send: a secret, or the signature
// that would have been the right one.
func (s *rules) leaks(o observed) string {
	if problem := s.showsSecret(string(o.received)); problem != "" {
		return "the answer shows " + problem
	}
	for _, mac := range digest.FindAll(o.received, -1) {
		if !bytes.Contains(o.sent, bytes.ToLower(mac)) {
			return "the answer shows a signature that the client did not send"
		}
	}
	return ""
}

// notSigned: a Delivery is there only if what was sent holds a signature of its bytes,
// made with the secret that SecretIndex names.
func (s *rules) notSigned(one seen, sent []byte) string {
	switch index := one.delivery.SecretIndex; {
	case !one.verified:
		return ""
	case index < 0 || index > 1:
		return fmt.Sprintf("SecretIndex is %d", index)
	case !bytes.Contains(sent, []byte(webhook.Sign(s.secrets[index], one.was))):
		return fmt.Sprintf("FromContext was true, SecretIndex %d, for %d bytes that this secret did not sign", index, len(one.was))
	}
	return ""
}

// sameRejection: two kinds of 401 are an oracle.
func (s *rules) sameRejection(got response) string {
	if s.rejection == nil {
		s.rejection = &got
	}
	first := s.rejection
	if problem := shows(fmt.Sprint(got.header, got.body)); problem != "" {
		return "a 401 shows " + problem
	}
	switch {
	case got.body != first.body:
		return fmt.Sprintf("a 401 has the text %q, another one %q", got.body, first.body)
	case !maps.EqualFunc(oracle(got.header), oracle(first.header), func(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }):
		return fmt.Sprintf("a 401 has the header %v, another one %v", got.header, first.header)
	}
	return got.says(webhook.PublicMessage(webhook.ErrSignatureMismatch))
}

// oracle is what may tell one 401 from another: Connection depends on what is left of the
// body.
func oracle(header http.Header) http.Header {
	header = header.Clone()
	for _, name := range []string{"Date", "Connection"} {
		header.Del(name)
	}
	return header
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

func (s *rules) showsSecret(text string) string {
	for _, secret := range s.secrets {
		if strings.Contains(text, digits(secret)) {
			return "a secret"
		}
	}
	return ""
}

// digits is what is secret in a secret.
func digits(secret string) string { return strings.TrimPrefix(secret, "whsec_") }

// mask is for everything that Run prints: a receiver may have sent a secret.
func (s *rules) mask(text string) string {
	for i, secret := range s.secrets {
		text = strings.ReplaceAll(text, digits(secret), "["+secretNames[i]+"'s digits]")
	}
	return text
}

var secretNames = []string{"the secret", "the previous secret", "another secret", "the outer secret"}

// alwaysOrNever: an ErrorHandler that is called for one refusal is called for each.
func (s *rules) alwaysOrNever(calls int) string {
	if s.errorHandlerCalls == nil {
		s.errorHandlerCalls = &calls
	}
	if calls != *s.errorHandlerCalls {
		return fmt.Sprintf("the ErrorHandler was called %d times, and %d times for another refusal", calls, *s.errorHandlerCalls)
	}
	return ""
}
