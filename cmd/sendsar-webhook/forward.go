package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// app is the server that deliveries are forwarded to.
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
		return nil, errors.New("-forward: not a URL") // cannot happen: checkTarget has parsed it
	}
	transport := newTransport()
	transport.Proxy = nil // the app is near
	transport.MaxIdleConnsPerHost = 64
	return &app{u, transport}, nil
}

// shown returns the app's URL without a password.
func (a *app) shown() string { return a.target.Redacted() }

// forward sends the exact body to the app, with all headers that are not about one
// connection, and the app's answer to w. It records the result in answer.
func (a *app) forward(ctx context.Context, w http.ResponseWriter, d received.Delivery, answer *received.Answer) {
	in := &http.Request{
		Method: d.Method, URL: a.request(d.Target), Host: d.Host, Header: d.Header,
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
			// These are about the connection. Its protocol must not change, and the body
			// has been read, so nothing waits for 100 Continue.
			for _, name := range []string{"Connection", "Upgrade", "Expect"} {
				r.Out.Header.Del(name)
			}
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values, found := in.Header[name]; found {
					r.Out.Header[name] = values
				}
			}
		},
		ModifyResponse: func(response *http.Response) error {
			if response.StatusCode < http.StatusOK || response.StatusCode > 999 {
				return errStatus
			}
			for _, name := range []string{"Content-Type", "Date"} { // net/http would add them
				if _, found := response.Header[name]; !found {
					w.Header()[name] = nil
				}
			}
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

var errStatus = errors.New("the app's answer has no final HTTP status")

// request returns the URL for a forwarded request. It has the delivery's own target, byte
// for byte, unless the app's URL has a path or a query.
func (a *app) request(target string) *url.URL {
	u := *a.target
	switch {
	case a.hasTarget():
	case strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//"):
		u.Path, u.Opaque = "", target
	default: // "//…" would be read as a host, and other targets are not paths
		if own, err := url.ParseRequestURI(target); err == nil && own.Opaque == "" {
			u.Path, u.RawPath, u.RawQuery, u.ForceQuery = own.Path, own.RawPath, own.RawQuery, own.ForceQuery
		}
	}
	return &u
}

// urlFor returns the URL that a delivery with this target is forwarded to.
func (a *app) urlFor(target string) string {
	if a.hasTarget() || !strings.HasPrefix(target, "/") {
		return a.request(target).String()
	}
	return a.target.Scheme + "://" + a.target.Host + target
}

func (a *app) hasTarget() bool {
	return a.target.Path != "" && a.target.Path != "/" || a.target.RawQuery != ""
}

// is reports whether own, an address that this process listens on, is the app's address.
func (a *app) is(own net.Addr) bool {
	port := a.target.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[a.target.Scheme]
	}
	tcp, ok := own.(*net.TCPAddr)
	if !ok || port != strconv.Itoa(tcp.Port) {
		return false
	}
	ip := net.ParseIP(a.target.Hostname())
	if a.target.Hostname() == "localhost" {
		ip = net.IPv4(127, 0, 0, 1)
	}
	return ip.Equal(tcp.IP) || (ip.IsLoopback() || ip.IsUnspecified()) && (tcp.IP.IsLoopback() || tcp.IP.IsUnspecified())
}

func failureOf(err error) string {
	if errors.Is(err, context.Canceled) {
		return "the sender left before the app answered"
	}
	if errors.Is(err, errStatus) {
		return errStatus.Error()
	}
	f := explain(err)
	if f.detail == "" {
		return f.text
	}
	return f.text + ": " + f.detail
}

// copied is the body of an answer. It copies the start while it is read.
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
