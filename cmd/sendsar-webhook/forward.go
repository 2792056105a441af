package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// app is where deliveries are passed on.
type app struct {
	target *url.URL
	client http.RoundTripper
}

func newApp(target string) (*app, error) {
	if err := checkTarget("-forward", target); err != nil {
		return nil, err
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, errors.New("-forward: not a URL") // checkTarget takes none of these
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil               // the app is near
	transport.DisableCompression = true // nothing is added to the headers
	transport.MaxIdleConnsPerHost = 64
	return &app{u, transport}, nil
}

// shown is the URL without a password.
func (a *app) shown() string { return a.target.Redacted() }

// forward sends the exact bytes and headers to the app, and the app's answer to w. What
// becomes of it is noted in answer.
func (a *app) forward(ctx context.Context, w http.ResponseWriter, d received.Delivery, answer *received.Answer) {
	in := &http.Request{
		Method: d.Method, URL: a.urlFor(d.Target), Host: d.Host, Header: d.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(d.Body)), Body: io.NopCloser(bytes.NewReader(d.Body)),
	}
	if len(d.Body) == 0 {
		in.Body = http.NoBody
	}
	proxy := httputil.ReverseProxy{
		Transport: a.client,
		ErrorLog:  silent,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL = in.URL
			r.Out.Host = in.Host
			// A switch to another protocol is not a delivery.
			r.Out.Header.Del("Connection")
			r.Out.Header.Del("Upgrade")
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values, found := in.Header[name]; found {
					r.Out.Header[name] = values
				}
			}
		},
		ModifyResponse: func(response *http.Response) error {
			answer.Status, answer.Header = response.StatusCode, response.Header.Clone()
			response.Body = &copied{ReadCloser: response.Body, into: answer}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			answer.Failure = failureOf(err)
			http.Error(w, "no answer from the app", http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, in.WithContext(ctx))
}

// urlFor is the app's URL, with the delivery's own path and query if it has no path.
func (a *app) urlFor(target string) *url.URL {
	u := *a.target
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return &u
	}
	own, err := url.ParseRequestURI(target)
	if err != nil {
		return &u
	}
	u.Path, u.RawPath, u.RawQuery = own.Path, own.RawPath, own.RawQuery
	return &u
}

func failureOf(err error) string {
	if errors.Is(err, context.Canceled) {
		return "the sender left before the app answered"
	}
	f := explain(err)
	if f.detail == "" {
		return f.text
	}
	return f.text + ": " + f.detail
}

// copied keeps the start of an answer.
type copied struct {
	io.ReadCloser
	into *received.Answer
}

func (c *copied) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	room := keptAnswer - len(c.into.Body)
	c.into.Body = append(c.into.Body, p[:min(n, room)]...)
	c.into.Cut = c.into.Cut || n > room
	if err != nil && err != io.EOF {
		c.into.Failure = "the answer was cut off"
	}
	return n, err
}
