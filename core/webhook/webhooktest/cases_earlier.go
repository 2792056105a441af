package webhooktest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// earlierCases have a middleware before the adapter that sets a status or a body. That must
// not count as an answer.
func earlierCases() []testCase {
	const (
		group = "earlier answer"
		body  = "of an earlier middleware"
	)
	var all []testCase
	for _, earlier := range []struct {
		name string
		kind kind
	}{
		{"a status of 202", kind{earlierStatus: http.StatusAccepted}},
		{"a status of 403", kind{earlierStatus: http.StatusForbidden}},
		{"a body", kind{earlierBody: body}},
		{"a status and a body", kind{earlierStatus: http.StatusAccepted, earlierBody: body}},
	} {
		for _, on := range errorHandlers {
			statusOnly := earlier.kind.earlierBody == "" && !on.returns
			if on.is != Default && on.is != OnlyLog && !statusOnly {
				continue
			}
			k := earlier.kind
			k.limit, k.onRefusal = maxBody, on.is
			add := func(name string, w want, build func(to target) message) {
				prefix := earlier.name
				if on.is != Default {
					prefix += ", with an ErrorHandler that " + on.name
				}
				c := oneMessage(group, prefix+", "+name, build, w).on(k)
				c.named = true
				c.script.panics = on.panics
				all = append(all, c)
			}
			add("unsigned", on.rejection(http.StatusUnauthorized), func(to target) message { return to.delivery(sample) })
			add("forged", on.rejection(http.StatusUnauthorized), func(to target) message { return to.forged(sample) })
			add("genuine", accepted(sample), func(to target) message { return to.genuine(sample) })
		}
	}
	return all
}

// orderCases have a middleware before the adapter that alters the body.
func orderCases() []testCase {
	const group = "order"
	var all []testCase
	packed, bomb := gzipped(filler(2000)), gzipped(make([]byte, maxBody+1))
	add := func(alter, name string, w want, build func(to target) message) {
		all = append(all, onAltered(alter, oneMessage(group, alter+" before us, "+name, build, w)))
	}
	genuine := func(body []byte) func(to target) message {
		return func(to target) message { return to.genuine(body).with("Content-Encoding: gzip") }
	}
	gzip := genuine(packed)
	// The announced length reveals the change. The receiver's side caused it, so the answer
	// is not 401.
	altered := refused(http.StatusInternalServerError).publicly(webhook.ErrBodyAltered)
	for _, alter := range []string{"drained", "inflated", "shortened", "lengthened"} {
		add(alter, "announced", altered, gzip)
		add(alter, "chunked", unauthorized(), func(to target) message { return gzip(to).chunked(50) })
		add(alter, "unsigned", unauthorized(), func(to target) message { return to.delivery(packed) })
	}
	// The signature matches the rest, but not what was sent.
	add("drained", "announced, signed as nothing", altered, func(to target) message {
		return to.delivery(packed).signed(webhook.Sign(to.secret, nil))
	})
	add("shortened", "announced, signed as what is left", altered, func(to target) message {
		return to.delivery(packed).signed(webhook.Sign(to.secret, packed[:len(packed)-1]))
	})
	add("inflated", "over the limit, announced", altered, genuine(bomb))
	add("inflated", "over the limit, chunked", refused(http.StatusRequestEntityTooLarge), func(to target) message {
		return genuine(bomb)(to).chunked(50)
	})
	return all
}

func onAltered(alter string, c testCase) testCase { return c.on(kind{limit: maxBody, alter: alter}) }

// readErrorCases have a body that arrives completely, followed by an error. The receiver must
// not judge the bytes before the error, and must answer with the status for that error.
func readErrorCases() []testCase {
	const group = "read error"
	var all []testCase
	for _, fails := range []struct {
		alter, name string
		kind        error
	}{
		{"failing", "after the body", webhook.ErrBodyRead},
		{"failing at once", "beside the last bytes", webhook.ErrBodyRead},
		{"timing out", "a timeout", errors.Join(webhook.ErrBodyRead, os.ErrDeadlineExceeded)},
		{"limited", "of an http.MaxBytesReader", webhook.ErrBodyTooLarge},
		{"closed", "of a body that was closed", webhook.ErrBodyAltered},
	} {
		for _, framing := range []string{"announced", "chunked"} {
			all = append(all, onAltered(fails.alter, oneMessage(group, fails.name+", "+framing, func(to target) message {
				return to.genuine(sample).in(framing, 13)
			}, refused(webhook.StatusCode(fails.kind)).publicly(fails.kind))))
		}
	}
	return all
}

// alterations are the ways in which middlewares before an adapter alter a body.
var alterations = map[string]func(io.Reader) io.Reader{
	"drained": func(body io.Reader) io.Reader {
		_, _ = io.Copy(io.Discard, body) // the content does not matter
		return bytes.NewReader(nil)
	},
	"inflated": func(body io.Reader) io.Reader {
		r, err := gzip.NewReader(body)
		if err != nil {
			return failingReader{err}
		}
		return r
	},
	"shortened": func(body io.Reader) io.Reader {
		read, err := io.ReadAll(body)
		if err != nil {
			return failingReader{err}
		}
		return bytes.NewReader(read[:max(0, len(read)-1)])
	},
	"lengthened": func(body io.Reader) io.Reader { return io.MultiReader(body, strings.NewReader("\n")) },
	// The whole body, and then an error: io.ReadAll returns both.
	"failing":    func(body io.Reader) io.Reader { return io.MultiReader(body, failingReader{errSpoilt}) },
	"timing out": func(body io.Reader) io.Reader { return io.MultiReader(body, failingReader{os.ErrDeadlineExceeded}) },
	"closed":     func(io.Reader) io.Reader { return failingReader{http.ErrBodyReadAfterClose} },
	"limited": func(body io.Reader) io.Reader {
		return io.MultiReader(body, failingReader{&http.MaxBytesError{Limit: 1}})
	},
	"failing at once": func(body io.Reader) io.Reader {
		read, err := io.ReadAll(body)
		if err != nil {
			return failingReader{err}
		}
		return &lastWithError{read}
	},
}

// lastWithError returns an error together with the last bytes, as a Reader may.
type lastWithError struct{ left []byte }

func (r *lastWithError) Read(p []byte) (int, error) {
	n := copy(p, r.left)
	r.left = r.left[n:]
	if len(r.left) == 0 {
		return n, errSpoilt
	}
	return n, nil
}

var errSpoilt = errors.New("spoilt")

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
