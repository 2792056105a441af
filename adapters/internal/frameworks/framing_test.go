package frameworks_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

// FuzzFraming sends the same bytes to every server: one message, as a rule, with a request
// for GET /other hidden in it. They are template, edited and then rendered. In every
// server:
//
//   - the webhook handler sees only bytes that have a signature in what was sent,
//   - there are no more answers than a strict reader finds messages,
//   - GET /other runs only if such a message asks for it.
func FuzzFraming(f *testing.F) {
	all := startAll(f)
	for _, template := range framingSeeds() {
		f.Add(template, []byte{})
		f.Add(template, []byte("dice"))
	}
	f.Fuzz(func(t *testing.T, template string, dice []byte) {
		if len(template) > 2000 {
			return
		}
		wire := render(edit(template, dice))
		var wait sync.WaitGroup
		for _, s := range all {
			wait.Go(func() { judge(t, s, wire) })
		}
		wait.Wait()
	})
}

func judge(t *testing.T, s running, wire []byte) {
	t.Helper()
	allowed := readAll(wire, s.seesHead)
	answers, saw := s.witness.exchange(t, s.addr, wire)
	var statuses []int
	for _, a := range answers {
		statuses = append(statuses, a.status)
	}
	saw.mu.Lock()
	defer saw.mu.Unlock()
	for _, run := range saw.hooks {
		if !run.verified || !bytes.Equal(run.body, run.delivery.Body) || !bytes.Contains(wire, []byte(signatureOf(secret, run.body))) {
			t.Errorf("%s: the handler saw %q (verified: %t, delivery %q), for which there is no signature, in\n%q",
				s.name, run.body, run.verified, run.delivery.Body, wire)
		}
	}
	if len(answers) > allowed.messages {
		t.Errorf("%s: answers %v to %d message(s) in\n%q", s.name, statuses, allowed.messages, wire)
	}
	if saw.others > allowed.others {
		t.Errorf("%s: GET /other ran %d time(s), and was asked for %d time(s), in\n%q", s.name, saw.others, allowed.others, wire)
	}
}

// framingSeeds returns each template unsigned, forged and genuine.
func framingSeeds() (seeds []string) {
	const (
		start   = "POST /hook HTTP/1.1\r\nHost: x\r\n"
		start10 = "POST /hook HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n"
		coded   = "{SIGNED}Transfer-Encoding: chunked\r\n\r\n"
		chunk   = "3\r\nabc\r\n"
		hiding  = "{HEX}\r\n0\r\n\r\n{HIDDEN}{/}\r\n0\r\n\r\n" // a chunk with the last chunk and a request in it
		both    = "{SIGNED}Content-Length: {LEN}\r\n"
	)
	templates := []string{
		// What stays as it is.
		start + "{SIGNED}Content-Length: 3\r\n\r\nabc",
		start + coded + chunk + "0\r\n\r\n",
		start + coded + chunk + hiding,
		start + "{SIGNED}Content-Length: {LEN}\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: 3\r\n\r\nabc{HIDDEN}",
		start + "{SIGNED}Content-Length: 3\r\n\r\nabc" + start + coded + chunk + "0\r\n\r\n",

		// Trailers.
		start + coded + chunk + "0\r\nX-T: {FOLDS}\r\nX-U: {HIDDEN-T}",
		start + coded + chunk + "0\r\nX-T: a\r\n\tb\r\n\tc\r\n\r\n",
		start + coded + chunk + "0\r\nX-T: a\r\nX-U: {HIDDEN-T}",
		start + coded + chunk + "0\r\n{SIGNED}\r\n",
		start + coded + chunk + "0\r\nX-T: a\n\r\n",
		start + coded + chunk + "0\r\nGET /other HTTP/1.1\nHost: x\n\n",
		start + "Trailer: X-Webhook-Signature\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n{SIGNED}\r\n",
		start + coded + chunk + "0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\nHost: y\r\n\r\n",

		// Chunks.
		start + coded + "0x{HEX}\r\n\r\n{HIDDEN}{/}\r\n0\r\n\r\n",
		start + coded + "0x" + hiding,
		start + coded + "+" + hiding,
		start + coded + "00000000000000000000" + hiding,
		start + coded + "fffffffffffffff" + hiding,
		start + coded + "2;\nxx\r\n" + hiding,
		start + coded + "2;a=b\r\nxx\r\n" + hiding,
		start + coded + "2\nxx\r\n" + hiding,
		start + coded + "2\r\nxx\n" + hiding,
		start + coded + "2 \r\nxx\r\n" + hiding,
		start + coded + "2_0\r\nxx\r\n" + hiding,
		start + coded + "1 2\r\nxx\r\n" + hiding,
		start + coded + "2\rxx\r\n" + hiding,
		start + coded + "0\n\n{HIDDEN}",
		start + coded + "-1\r\n{HIDDEN}",
		start + coded + "\r\n{HIDDEN}",
		start + coded + "fffffffffffffffffffff\r\n{HIDDEN}",

		// Lengths.
		start + "{SIGNED}Content-Length: {LEN}\r\nContent-Length: 0\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: 0\r\nContent-Length: {LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: {LEN}\r\nContent-Length: {LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: 0, {LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: {LEN}, {LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: +{LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: -{LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length:\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length:\r\n {LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length : {LEN}\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content-Length: 18446744073709551616\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Content\x00-Length: {LEN}\r\n\r\n{HIDDEN}",

		// A length and a coding, and odd codings.
		start + both + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n",
		start + both + "Transfer-Encoding: x\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding:\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + both + "X-A: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Transfer-Encoding: identity\r\n\r\n{HIDDEN}",
		start + "{SIGNED}Transfer-Encoding: CHUNKED\r\n\r\n" + chunk + hiding,
		start + "{SIGNED}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + hiding,
		start10 + coded + chunk + "0\r\n\r\n{HIDDEN}",
		start10 + both + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
		start10 + both + "\r\n{HIDDEN}",

		// Heads.
		start + "X-Folded: {FOLDS}\r\nX-Pad: {PAD}\r\n{SIGNED}Content-Length: {LEN}\r\n\r\nxxxx\r\n{HIDDEN}",
		start + "X-Pad: {PAD}\r\nX-Webhook-Signature:\r\n {FORGED}\r\nContent-Length: {LEN}\r\n\r\nxxxx\r\n{HIDDEN}",
		start + "X-Pad: {PAD}\r\nX-Webhook-Signature:\r\n {GENUINE}\r\nContent-Length: {LEN}\r\n\r\nxxxx\r\n{HIDDEN}",
		start + "{SIGNED}{SIGNED}Content-Length: 3\r\n\r\nabc",
		"POST /hook HTTP/1.1\r\n X-A: a\r\nHost: x\r\n" + coded + chunk + "0\r\n\r\n",
		"POST /hook HTTP/1.1\nHost: x\n{SIGNED}Content-Length: {LEN}\n\n{HIDDEN}",
		"\r\n\r\n" + start + coded + chunk + hiding,
		"POST /hook HTTP/1.2\r\nHost: x\r\n" + coded + chunk + hiding,
		"POST /hook\r\nHost: x\r\n" + coded + chunk + hiding,
		"post /hook HTTP/1.1\r\nHost: x\r\n" + coded + chunk + hiding,
		start + "X-A: \x00\r\n" + coded + chunk + hiding,
		start + "Expect: 100-continue\r\n" + coded + chunk + hiding,
		start + "Expect: 100-continue\r\n{SIGNED}Content-Length: {LEN}\r\n\r\n{HIDDEN}",
		start + "Connection: close\r\n" + coded + chunk + hiding,
		start + "Connection: keep-alive, Transfer-Encoding\r\n" + coded + chunk + hiding,
		start + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n" + coded + chunk + hiding,
	}
	for _, template := range templates {
		for _, line := range []string{"", "X-Webhook-Signature: {FORGED}\r\n", "X-Webhook-Signature: {GENUINE}\r\n"} {
			seeds = append(seeds, strings.ReplaceAll(template, "{SIGNED}", line))
		}
	}
	return seeds
}
