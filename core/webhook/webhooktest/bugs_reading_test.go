package webhooktest_test

import (
	"errors"
	"io"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

var readingBugs = []bug{
	{name: "verifies what arrived before an error", spoil: reads(func(r *http.Request) ([]byte, error) {
		body, _ := io.ReadAll(r.Body) // the bug
		return body, nil
	}), caught: []caught{
		{"framing/cut off, one byte before its end", "answered with 200", 0},
		{"framing/cut off after 100,000 bytes", "answered with 200", 0},
		{"framing/cut off at once, signed as nothing", "answered with 200", 0},
		{"framing/cut off at once", "answered with 401", 0},
		{"framing/no last chunk", "answered with 200", 0},
		{"framing/no last chunk, in small chunks", "answered with 200", 0},
		{"framing/cut off inside a chunk", "answered with 200", 0},
		{"framing/a chunk size that is no number", "answered with 401", 0},
		{"smuggling/after a broken chunk", "answered with 200", 0},
		{"read error/after the body, announced", "the answers have the statuses [200], not [400]", 0},
	}},
	{name: "verifies the error's text", spoil: reads(func(r *http.Request) ([]byte, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		return body, nil
	}), caught: []caught{{"framing/cut off, signed as the error's text", "answered with 200", 0}, {"framing/no last chunk, signed as the error's text", "answered with 200", 0}}},
	{name: "drops an error beside bytes", spoil: reads(func(r *http.Request) (body []byte, err error) {
		buffer := make([]byte, 1000)
		for {
			n, err := r.Body.Read(buffer)
			if n == 0 && err != nil {
				return body, nil
			}
			body = append(body, buffer[:n]...)
		}
	}), caught: []caught{{"read error/beside the last bytes, announced", "[200], not [400]", 0}, {"read error/beside the last bytes, chunked", "[200], not [400]", 0}}},
	{name: "does not count the bytes", spoil: reads(func(r *http.Request) ([]byte, error) { return io.ReadAll(r.Body) }), caught: []caught{
		{"order/drained before us, announced", "[401], not [500]", 0},
		{"order/drained before us, announced, signed as nothing", "[200], not [500]", 0},
		{"order/shortened before us, announced, signed as what is left", "[200], not [500]", 0},
		{"order/inflated before us, announced", "[401], not [500]", 0},
		{"order/shortened before us, announced", "[401], not [500]", 0},
	}},
	{name: "reads what was announced and looks no further", spoil: func(s *receiver) {
		s.read = func(r *http.Request, announced int64) ([]byte, error) {
			if announced < 0 {
				return s.readWhole(r, announced)
			}
			body := make([]byte, announced)
			if _, err := io.ReadFull(r.Body, body); err != nil {
				return nil, webhook.ErrBodyRead
			}
			return body, nil
		}
	}, caught: []caught{
		{"order/lengthened before us, announced", "[200], not [500]", 0},
		{"order/inflated before us, announced", "[401], not [500]", 0},
		{"order/drained before us, announced", "[400], not [500]", 0},
	}},
	{name: "has no limit", spoil: func(s *receiver) {
		s.MaxBodyBytes = 1 << 40
	}, caught: []caught{
		{"limit/one byte over, announced", "[200], not [413]", 0},
		{"limit/one byte over, chunked", "[200], not [413]", 0},
		{"limit/one byte over, in one chunk", "[200], not [413]", 0},
		{"order/inflated before us, over the limit, chunked", "[401], not [413]", 0},
	}},
	{name: "believes the announced length, and makes room for it", spoil: func(s *receiver) {
		s.tooLarge = func(int64) bool { return false }
		s.read = func(_ *http.Request, announced int64) ([]byte, error) { return make([]byte, announced), nil }
	}, caught: []caught{{"limit/9223372036854775807 bytes announced, none sent", noAnswer, 0}}},
	{name: "has a limit for announced bodies only", spoil: func(s *receiver) {
		s.read = reading(func(r *http.Request) ([]byte, error) { return io.ReadAll(r.Body) })
	}, caught: []caught{{"limit/one byte over, chunked", "[200], not [413]", 0}}},
	{name: "has a limit for chunked bodies only", spoil: func(s *receiver) {
		s.tooLarge = func(int64) bool { return false }
	}, caught: []caught{{"limit/one byte over, announced", "[200], not [413]", 0}, {"limit/over and forged, announced", "[401], not [413]", 0}}},
	{
		name: "has a limit of one byte more", spoil: func(s *receiver) { s.MaxBodyBytes++ },
		caught: []caught{{"limit/one byte over, announced", "[200], not [413]", 0}, {"limit/one byte over, chunked", "[200], not [413]", 0}},
	},
	{
		name: "has a limit of one byte less", spoil: func(s *receiver) { s.MaxBodyBytes-- },
		caught: []caught{{"genuine/300000 bytes announced", "[413], not [200]", 0}, {"genuine/300000 bytes chunked", "[413], not [200]", 0}},
	},
	{name: "cuts the body at its limit", spoil: func(s *receiver) {
		s.tooLarge = func(int64) bool { return false }
		s.read = reading(func(r *http.Request) ([]byte, error) { return io.ReadAll(io.LimitReader(r.Body, s.MaxBodyBytes)) })
	}, caught: []caught{
		{"limit/over, signed up to the limit, announced", "[200], not [413]", 0},
		{"limit/over, signed up to the limit, chunked", "[200], not [413]", 0},
		{"limit/one byte over, chunked", "[401], not [413]", 0},
	}},
	{name: "adds one to the largest limit", spoil: func(s *receiver) {
		s.read = func(r *http.Request, _ int64) ([]byte, error) {
			return io.ReadAll(io.LimitReader(r.Body, s.MaxBodyBytes+1))
		}
	}, caught: []caught{{"limit/no limit to speak of, announced", refuses, 0}, {"limit/no limit to speak of, chunked", refuses, 0}}},
	{
		name: "answers 500 over the limit", spoil: answers(webhook.ErrBodyTooLarge, http.StatusInternalServerError),
		caught: []caught{{"limit/one byte over, announced", "[500], not [413]", 0}, {"limit/1099511627776 bytes announced, none sent", "[500], not [413]", 0}, {"read error/of an http.MaxBytesReader, chunked", "[500], not [413]", 0}},
	},
	{
		name: "answers 401 to a spoilt body", spoil: answers(webhook.ErrBodyAltered, http.StatusUnauthorized),
		caught: []caught{{"order/drained before us, announced", "[401], not [500]", 0}},
	},
	{
		name: "answers 400 to a spoilt body", spoil: answers(webhook.ErrBodyAltered, http.StatusBadRequest),
		caught: []caught{{"order/inflated before us, over the limit, announced", "[400], not [500]", 0}},
	},
	{
		name: "answers 500 to a body that broke off", spoil: answers(webhook.ErrBodyRead, http.StatusInternalServerError),
		caught: []caught{{"framing/cut off, far before its end", "answered with 500", 0}, {"framing/a negative chunk size", "answered with 500", 0}, {"read error/after the body, chunked", "[500], not [400]", 0}},
	},
	{name: "answers 400 to a timeout", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, webhook.ErrBodyRead) {
				err = webhook.ErrBodyRead
			}
			http.Error(w, webhook.PublicMessage(err), webhook.StatusCode(err))
		}
	}, caught: []caught{{"read error/a timeout, announced", "[400], not [408]", 0}, {"read error/a timeout, chunked", "[400], not [408]", 0}}},
	{name: "answers 400 to a body that was closed", spoil: answers(webhook.ErrBodyAltered, http.StatusBadRequest), caught: []caught{
		{"read error/of a body that was closed, announced", "[400], not [500]", 0},
		{"read error/of a body that was closed, chunked", "[400], not [500]", 0},
	}},
	{name: "looks at the length before the signature", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			if s.tooLarge(r.ContentLength) {
				s.hangUp(w, r)
				s.refuse(w, r, webhook.ErrBodyTooLarge)
				return
			}
			serve(w, r)
		}
	}, caught: []caught{{"limit/over and not signed, announced", "[413], not [401]", 0}, {"limit/over and malformed, announced", "[413], not [401]", 0}}},
}

// reads replaces the reading of the body. Every error of read becomes ErrBodyRead.
func reads(read func(r *http.Request) ([]byte, error)) func(s *receiver) {
	return func(s *receiver) { s.read = reading(read) }
}

func reading(read func(r *http.Request) ([]byte, error)) func(r *http.Request, announced int64) ([]byte, error) {
	return func(r *http.Request, _ int64) ([]byte, error) {
		body, err := read(r)
		if err != nil {
			return nil, webhook.ErrBodyRead
		}
		return body, nil
	}
}
