package webhooktest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// rules apply in every case. No want and no Difference overrides them.
type rules struct {
	secrets           []string  // in the order of secretNames: current and previous first
	rejection         *response // the first 401; every other one must equal it
	errorHandlerCalls *int      // for the first refusal; every other one must have as many
}

// broken returns the first rule that a case breaks, or "". logged is the log of the case.
func (s *rules) broken(o observed, logged string) string {
	for _, one := range o.seen {
		if problem := firstProblem(one.flaw, s.notSigned(one, o.sent)); problem != "" {
			return problem
		}
	}
	if problem := looksFlaw(o.looks, o.seen); problem != "" {
		return problem
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

// logs reports a log that shows more than it may. A framework may log the first line of a
// request, so what the client wrote there does not count. The first line may contain a
// signature, or the beginning of the body.
func (s *rules) logs(o observed, logged string) string {
	problem := s.showsSecret(logged)
	if len(o.seen)+len(o.errs)+len(o.verdicts)+len(o.looks) == 0 {
		logged = "" // the adapter never saw the request: a framework may quote what it cannot parse
	}
	first, _, _ := bytes.Cut(o.sent, []byte("\r\n"))
	for _, body := range o.bodies {
		if problem == "" && len(body) >= quotable && !bytes.Contains(first, body[:quotable]) && containsAny(logged, writings(body[:quotable])) {
			problem = "the body"
		}
	}
	if problem == "" && shows(string(first)) == "" {
		problem = shows(logged)
	}
	if problem != "" {
		return "the log shows " + problem
	}
	return ""
}

// quotable is how many bytes of a body's beginning the suite looks for in a log: too many to
// match by accident, and a multiple of 3, so that their base64 has no padding.
const quotable = 24

// writings returns the forms in which a text may show bytes.
func writings(p []byte) []string {
	return []string{
		string(p),
		strings.Trim(strconv.Quote(string(p)), `"`),
		hex.EncodeToString(p),
		base64.StdEncoding.EncodeToString(p),
		strings.Trim(fmt.Sprintf("%d", p), "[]"),
	}
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// looksFlaw checks FromContext outside the handler. It must be false after a refusal. After
// an accepted request, it may only return the Delivery of this request. If it is false, its
// Delivery must be zero.
func looksFlaw(looks []look, handled []seen) string {
	var left [][]byte // bodies of the verified runs
	for _, run := range handled {
		if run.verified {
			left = append(left, run.was)
		}
	}
	for _, one := range looks {
		switch {
		case !one.verified && !isZero(one.delivery):
			return "FromContext is false " + one.where + ", and its Delivery is not zero"
		case !one.verified:
			continue
		case one.where == inErrorHandler:
			return "FromContext is true " + one.where
		}
		i := slices.IndexFunc(left, func(body []byte) bool { return bytes.Equal(body, one.delivery.Body) })
		switch {
		case i < 0 && len(left) == 0:
			return "FromContext is true after the adapter refused the request"
		case i < 0:
			return "FromContext is true " + one.where + ", with a Delivery that is not of this request"
		}
		left = slices.Delete(left, i, i+1)
	}
	return ""
}

// leaks reports an answer that shows the client a secret, or a signature that the client did
// not send, such as the right one.
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

// notSigned reports a Delivery whose bytes have no signature in what was sent, made with the
// secret that SecretIndex names. It also reports an account that is not the Verifier's.
func (s *rules) notSigned(one seen, sent []byte) string {
	switch index := one.delivery.SecretIndex; {
	case !one.verified:
		return ""
	case index < 0 || index > 1:
		return fmt.Sprintf("SecretIndex is %d", index)
	case !bytes.Contains(sent, []byte(webhook.Sign(s.secrets[index], one.was))):
		return fmt.Sprintf("FromContext was true, SecretIndex %d, for %d bytes that this secret did not sign", index, len(one.was))
	case one.delivery.Account != accountName:
		return fmt.Sprintf("Delivery.Account is %q, not %q", one.delivery.Account, accountName)
	}
	return ""
}

// sameRejection reports a 401 that differs from the first one, as two kinds of 401 are an
// oracle.
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

// oracle returns the header lines that must be the same in every 401. Connection may differ,
// as it depends on how much of the body is left.
func oracle(header http.Header) http.Header {
	header = header.Clone()
	for _, name := range []string{"Date", "Connection"} {
		header.Del(name)
	}
	return header
}

func (s *rules) showsSecret(text string) string {
	if slices.ContainsFunc(s.secrets, func(secret string) bool { return quotes(text, secret) }) {
		return "a secret"
	}
	return ""
}

// quotes reports whether a text has a third of a secret's digits in a row, or the whole
// secret in another form.
func quotes(text, secret string) bool {
	return containsAny(text, thirds(secret)) || containsAny(text, writings([]byte(secret)))
}

// thirds returns every run of 16 digits in a secret.
func thirds(secret string) (all []string) {
	const third = 16
	for rest := digits(secret); len(rest) >= third; rest = rest[1:] {
		all = append(all, rest[:third])
	}
	return all
}

// digits returns the secret part of a secret.
func digits(secret string) string { return strings.TrimPrefix(secret, "whsec_") }

// mask removes secrets and parts of secrets from a text that Run prints, as a receiver may
// have sent a secret.
func (s *rules) mask(text string) string {
	for i, secret := range s.secrets {
		text = strings.ReplaceAll(text, digits(secret), "["+secretNames[i]+"'s digits]")
		for _, writing := range writings([]byte(secret)) {
			text = strings.ReplaceAll(text, writing, "["+secretNames[i]+" in another writing]")
		}
		for _, part := range thirds(secret) {
			text = strings.ReplaceAll(text, part, "[a part of "+secretNames[i]+"'s digits]")
		}
	}
	return text
}

var secretNames = []string{"the secret", "the previous secret", "another secret", "the outer secret"}

// alwaysOrNever checks that the ErrorHandler is called for each refusal, or for none.
func (s *rules) alwaysOrNever(calls int) string {
	if s.errorHandlerCalls == nil {
		s.errorHandlerCalls = &calls
	}
	if calls != *s.errorHandlerCalls {
		return fmt.Sprintf("the ErrorHandler was called %d times, and %d times for another refusal", calls, *s.errorHandlerCalls)
	}
	return ""
}
