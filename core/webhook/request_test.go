package webhook_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// openBody records whether it was closed.
type openBody struct {
	io.Reader
	closed bool
}

func (b *openBody) Close() error {
	b.closed = true
	return nil
}

// newRequest returns a request with any body and announced length, as a server of any kind
// may pass it on. With the signature "" it has none.
func newRequest(t testing.TB, body io.ReadCloser, length int64, signature string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(contextOf(t), http.MethodPost, "/webhooks/sendsar?x=1", nil)
	r.Body, r.ContentLength = body, length
	r.Header.Set("Content-Type", "application/json")
	if signature != "" {
		r.Header.Set(webhook.SignatureHeader, signature)
	}
	return r
}

func TestVerifyRequestPutsTheBodyBack(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	type row struct {
		secret string
		want   error
	}
	for name, body := range allBodies(t) {
		eachOf(t, map[string]row{
			name + ", accepted":   {currentSecret, nil},
			name + ", mismatched": {foreignSecret, webhook.ErrSignatureMismatch},
		}, func(t *testing.T, c row) {
			original := &openBody{Reader: strings.NewReader(body)}
			r := newRequest(t, original, -1, webhook.Sign(c.secret, []byte(body)))
			d, err := v.VerifyRequest(httptest.NewRecorder(), r)
			checkVerdict(t, d, err, c.want, body)
			for _, want := range []string{body, ""} { // Close does not change what is read after it
				if got := readAll(t, r.Body); got != want {
					t.Errorf("%d bytes are read back, want %d", len(got), len(want))
				}
				if err := r.Body.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}
			if original.closed {
				t.Error("the original body was closed")
			}
		})
	}
	t.Run("not as a copy", func(t *testing.T) {
		r := newRequest(t, io.NopCloser(strings.NewReader(eventBody)), -1, webhook.Sign(currentSecret, []byte(eventBody)))
		d, err := v.VerifyRequest(nil, r)
		checkVerdict(t, d, err, nil, eventBody)
		d.Body[0] = '#'
		if got := readAll(t, r.Body); got[0] != '#' {
			t.Error("the delivery and the request have two copies of the body")
		}
	})
	t.Run("so that it can be closed before it is read", func(t *testing.T) {
		r := newRequest(t, io.NopCloser(strings.NewReader(eventBody)), -1, webhook.Sign(currentSecret, []byte(eventBody)))
		_, err := v.VerifyRequest(nil, r)
		checkError(t, err, nil)
		_ = r.Body.Close()
		if got := readAll(t, r.Body); got != eventBody {
			t.Errorf("%q is left after Close", got)
		}
	})
	t.Run("so that it can be verified again", func(t *testing.T) {
		r := newRequest(t, io.NopCloser(strings.NewReader(eventBody)), int64(len(eventBody)), webhook.Sign(currentSecret, []byte(eventBody)))
		for _, again := range []*webhook.Verifier{v, webhook.MustNew(foreignSecret), v} {
			_, err := again.VerifyRequest(nil, r)
			if again == v {
				checkError(t, err, nil)
			} else {
				checkError(t, err, webhook.ErrSignatureMismatch)
			}
		}
	})
	t.Run("never as nil", func(t *testing.T) {
		for _, none := range []io.ReadCloser{nil, http.NoBody} {
			r := newRequest(t, none, 0, webhook.Sign(currentSecret, nil))
			d, err := v.VerifyRequest(nil, r)
			checkVerdict(t, d, err, nil, "")
			if r.Body == nil {
				t.Fatal("the body is nil")
			}
			if got := readAll(t, r.Body); got != "" {
				t.Errorf("%q is read back", got)
			}
		}
	})
}

func TestVerifyRequestLeavesTheRestOfTheRequest(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	for name, signature := range map[string]string{
		"accepted":   webhook.Sign(currentSecret, []byte(eventBody)),
		"mismatched": webhook.Sign(foreignSecret, []byte(eventBody)),
		"malformed":  "sha256=0",
		"missing":    "",
	} {
		for _, length := range []int64{-1, int64(len(eventBody))} {
			t.Run(name, func(t *testing.T) {
				original := io.NopCloser(strings.NewReader(eventBody))
				r := newRequest(t, original, length, signature)
				r.Header.Set("Content-Encoding", "gzip")
				r.Header["Odd-Name"] = []string{"", " a ", "b"}
				if length < 0 {
					r.TransferEncoding = []string{"chunked"}
				}
				r.Trailer = http.Header{"X-Checksum": nil}
				before, header := *r, r.Header.Clone()

				_, err := v.VerifyRequest(httptest.NewRecorder(), r)

				if r.ContentLength != length || !slices.Equal(r.TransferEncoding, before.TransferEncoding) {
					t.Errorf("length %d, transfer encoding %v", r.ContentLength, r.TransferEncoding)
				}
				if !maps.EqualFunc(r.Header, header, slices.Equal) {
					t.Errorf("the header became %v", r.Header)
				}
				if r.Context() != before.Context() {
					t.Error("the request has another context")
				}
				if _, ok := webhook.FromContext(r.Context()); ok {
					t.Error("the context has a delivery, which only the middleware may set")
				}
				judged := err == nil || errors.Is(err, webhook.ErrSignatureMismatch)
				if replaced := r.Body != original; replaced != judged {
					t.Errorf("the body was replaced: %t, with %v", replaced, err)
				}
				r.Body = before.Body
				if !reflect.DeepEqual(*r, before) {
					t.Error("another field of the request was changed")
				}
			})
		}
	}
}

func TestAnnouncedLengthOfARequest(t *testing.T) {
	const length = int64(len(eventBody))
	reader := func() io.ReadCloser { return io.NopCloser(strings.NewReader(eventBody)) }
	drained := func() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }
	none := func() io.ReadCloser { return nil }
	noBody := func() io.ReadCloser { return http.NoBody }
	type row struct {
		length  int64
		header  string // the Content-Length that came; "" is none
		body    func() io.ReadCloser
		want    error
		unknown bool // a mismatch carries the hint
	}
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(length))
	eachOf(t, map[string]row{
		"known and right":                             {length, "", reader, nil, false},
		"known and too small":                         {length - 1, "", reader, webhook.ErrBodyAltered, false},
		"known, and drained":                          {length, "", drained, webhook.ErrBodyAltered, false},
		"known, without a body":                       {length, "", none, webhook.ErrBodyAltered, false},
		"known, with NoBody":                          {length, "", noBody, webhook.ErrBodyAltered, false},
		"known and over the limit":                    {length + 1, "", reader, webhook.ErrBodyTooLarge, false},
		"known, whatever the header says":             {length, "3", reader, nil, false},
		"unknown":                                     {-1, "", reader, nil, false},
		"unknown, and drained":                        {-1, "", drained, webhook.ErrSignatureMismatch, true},
		"unknown, without a body":                     {-1, "", none, webhook.ErrSignatureMismatch, true},
		"unknown, the header's is right":              {-1, "84", reader, nil, false},
		"unknown, the header's, and drained":          {-1, "84", drained, webhook.ErrBodyAltered, false},
		"unknown, the header's is too small":          {-1, "83", reader, webhook.ErrBodyAltered, false},
		"unknown, the header's is over the limit":     {-1, "85", reader, webhook.ErrBodyTooLarge, false},
		"unknown, the header's is the greatest":       {-1, "9223372036854775807", reader, webhook.ErrBodyTooLarge, false},
		"unknown, the header's is zero":               {-1, "0", reader, webhook.ErrBodyAltered, false},
		"unknown, the header's has a sign":            {-1, "+83", reader, nil, false},
		"unknown, the header's is negative":           {-1, "-1", reader, nil, false},
		"unknown, the header's is no number":          {-1, "83x", reader, nil, false},
		"unknown, the header's has an underscore":     {-1, "8_3", reader, nil, false},
		"unknown, the header's is past the greatest":  {-1, "9223372036854775808", reader, nil, false},
		"unknown, the header's is far past":           {-1, "99999999999999999999", reader, nil, false},
		"unknown, the header's is no number, drained": {-1, "0x54", drained, webhook.ErrSignatureMismatch, true},
		"zero with a body is unknown":                 {0, "", reader, nil, false},
		"zero with a body, and drained":               {0, "", drained, webhook.ErrSignatureMismatch, true},
		"zero with a body, whatever the header says":  {0, "83", reader, nil, false},
		"zero without a body is known":                {0, "", none, webhook.ErrSignatureMismatch, false},
		"zero with NoBody is known":                   {0, "", noBody, webhook.ErrSignatureMismatch, false},
	}, func(t *testing.T, c row) {
		r := newRequest(t, c.body(), c.length, webhook.Sign(currentSecret, []byte(eventBody)))
		if c.header != "" {
			r.Header.Set("Content-Length", c.header)
		}
		d, err := v.VerifyRequest(nil, r)
		checkVerdict(t, d, err, c.want, eventBody)
		if err != nil && errors.Is(c.want, webhook.ErrSignatureMismatch) {
			if hint := strings.Contains(err.Error(), "verify first"); hint != c.unknown {
				t.Errorf("a hint in %q: %t, want %t", err, hint, c.unknown)
			}
		}
	})
	if length != 84 {
		t.Fatalf("the header values above assume 84 bytes, not %d", length)
	}
}

// Without "Connection: close" the server drains the body before it answers. With it, a
// connection that could be used again is lost.
func TestConnectionCloseOnAnEarlyRefusal(t *testing.T) {
	const length = int64(len(eventBody))
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(length))
	whole := func() io.Reader { return strings.NewReader(eventBody) }
	type row struct {
		verifier  *webhook.Verifier
		signature string
		length    int64
		body      func() io.Reader
		want      error
		closed    bool
	}
	table := map[string]row{
		"missing signature":               {v, "", length, whole, webhook.ErrMissingSignature, true},
		"missing signature, no length":    {v, "", -1, whole, webhook.ErrMissingSignature, true},
		"malformed signature":             {v, "sha256=", length, whole, webhook.ErrMalformedSignature, true},
		"nil verifier":                    {nil, genuine, length, whole, webhook.ErrNoVerifier, true},
		"zero verifier":                   {new(webhook.Verifier), genuine, length, whole, webhook.ErrInvalidSecret, true},
		"announced too large":             {v, genuine, length + 1, whole, webhook.ErrBodyTooLarge, true},
		"too large as it came":            {v, genuine, -1, func() io.Reader { return strings.NewReader(eventBody + "more") }, webhook.ErrBodyTooLarge, true},
		"more than announced":             {v, genuine, length - 5, whole, webhook.ErrBodyAltered, true},
		"a read error":                    {v, genuine, length, func() io.Reader { return &script{{err: io.ErrUnexpectedEOF}} }, webhook.ErrBodyRead, true},
		"a body that ended early":         {v, genuine, length, func() io.Reader { return strings.NewReader("x") }, webhook.ErrBodyAltered, false},
		"one byte too many, and the end":  {v, genuine, length - 1, func() io.Reader { return &wire{t: t, data: eventBody, eofAtOnce: true} }, webhook.ErrBodyAltered, false},
		"a mismatch":                      {v, webhook.Sign(foreignSecret, nil), length, whole, webhook.ErrSignatureMismatch, false},
		"an accepted delivery":            {v, genuine, length, whole, nil, false},
		"an accepted one, without length": {v, genuine, -1, whole, nil, false},
	}
	eachOf(t, table, func(t *testing.T, c row) {
		for protocol, closes := range map[[2]int]bool{{1, 0}: c.closed, {1, 1}: c.closed, {2, 0}: false, {3, 0}: false} {
			r := newRequest(t, io.NopCloser(c.body()), c.length, c.signature)
			r.ProtoMajor, r.ProtoMinor = protocol[0], protocol[1]
			w := httptest.NewRecorder()
			d, err := c.verifier.VerifyRequest(w, r)
			checkVerdict(t, d, err, c.want, eventBody)
			want := ""
			if closes {
				want = "close"
			}
			if got := w.Header().Get("Connection"); got != want {
				t.Errorf("HTTP/%d.%d: Connection %q, want %q", protocol[0], protocol[1], got, want)
			}
			if len(w.Header()) > 1 || w.Body.Len() > 0 {
				t.Errorf("more was written: %v, %q", w.Header(), w.Body)
			}
		}
	})
	t.Run("needs a response to be set on", func(t *testing.T) {
		eachOf(t, table, func(t *testing.T, c row) {
			d, err := c.verifier.VerifyRequest(nil, newRequest(t, io.NopCloser(c.body()), c.length, c.signature))
			checkVerdict(t, d, err, c.want, eventBody)
		})
	})
	t.Run("is left out without a body", func(t *testing.T) {
		for _, none := range []io.ReadCloser{nil, http.NoBody} {
			w := httptest.NewRecorder()
			_, err := v.VerifyRequest(w, newRequest(t, none, 0, ""))
			checkError(t, err, webhook.ErrMissingSignature)
			if got := w.Header().Get("Connection"); got != "" {
				t.Errorf("Connection %q", got)
			}
		}
	})
}

func TestARefusedBodyIsNeitherReadNorClosedNorReplaced(t *testing.T) {
	genuine := webhook.Sign(currentSecret, nil)
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(10))
	type row struct {
		verifier *webhook.Verifier
		lines    []string
		length   int64
		want     error
	}
	eachOf(t, map[string]row{
		"without a signature":         {v, nil, 5, webhook.ErrMissingSignature},
		"with an empty signature":     {v, []string{""}, 5, webhook.ErrMissingSignature},
		"with a malformed signature":  {v, []string{strings.ToUpper(genuine)}, 5, webhook.ErrMalformedSignature},
		"with two signatures":         {v, []string{genuine, genuine}, -1, webhook.ErrMalformedSignature},
		"announced over the limit":    {v, []string{genuine}, 11, webhook.ErrBodyTooLarge},
		"without a verifier":          {nil, []string{genuine}, 5, webhook.ErrNoVerifier},
		"with a zero verifier":        {new(webhook.Verifier), []string{genuine}, 5, webhook.ErrInvalidSecret},
		"with a zero one, over limit": {new(webhook.Verifier), nil, 1 << 40, webhook.ErrInvalidSecret},
	}, func(t *testing.T, c row) {
		r := newRequest(t, untouchable{t}, c.length, "")
		r.Header[webhook.SignatureHeader] = c.lines
		d, err := c.verifier.VerifyRequest(httptest.NewRecorder(), r)
		checkVerdict(t, d, err, c.want, "")
		if _, same := r.Body.(untouchable); !same {
			t.Error("the body was replaced")
		}
	})
}

func TestVerifyRequestReadsOnAlthoughItsContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(contextOf(t))
	cancel()
	r := newRequest(t, io.NopCloser(strings.NewReader(eventBody)), -1, webhook.Sign(currentSecret, []byte(eventBody)))
	d, err := webhook.MustNew(currentSecret).VerifyRequest(nil, r.WithContext(ctx))
	checkVerdict(t, d, err, nil, eventBody)
}
