package webhooktest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// adapterBug is one mistake in the small framework's adapter.
type adapterBug struct {
	name     string
	after    string // a case to play first
	by, says string // the case that catches it
	patience time.Duration
	spoil    func(a *smallAdapter)
}

// turns returns the cases that show the bug.
func (b adapterBug) turns() []webhooktest.Turn {
	last := webhooktest.Turn{Case: b.by, Patience: b.patience}
	if b.after == "" {
		return []webhooktest.Turn{last}
	}
	return []webhooktest.Turn{{Case: b.after}, last}
}

func (b adapterBug) suite() webhooktest.Suite {
	return webhooktest.Suite{Start: smallPackage{spoil: b.spoil}.receive, Skipper: true}
}

func (b adapterBug) check(t *testing.T, report string) {
	t.Helper()
	if says, _, _ := strings.Cut(report, "\n"); b.says == "" || !strings.Contains(says, b.says) {
		t.Errorf("%s should say %q, and says %q", b.by, b.says, says)
	}
}

func TestBrokenAdaptersAreCaught(t *testing.T) {
	for _, b := range slices.Concat(contextBugs, exemptionBugs, configBugs, takingBugs, rejectionBugs, handlerBugs, optionBugs) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.check(t, webhooktest.PlaySuite(t, b.suite(), b.turns()...)[b.by])
		})
	}
}

// These tests run alone, as all share one log.
func TestTalkingAdaptersAreCaught(t *testing.T) {
	for _, b := range slices.Concat(logBugs, handleBugs) {
		t.Run(b.name, func(t *testing.T) {
			atStart, problems := webhooktest.PlayAlone(t, b.suite(), b.turns()...)
			b.check(t, strings.Join(append(atStart, problems[b.by]), "\n"))
		})
	}
}

// contextBugs are about FromContext and the request's context.
var contextBugs = []adapterBug{
	{name: "FromContext is always true", by: "header/none", says: "FromContext is true after the adapter refused the request", spoil: func(a *smallAdapter) {
		from := a.fromContext
		a.fromContext = func(c *call) (webhook.Delivery, bool) { d, _ := from(c); return d, true }
	}},
	{name: "FromContext is true once a body is there", by: "genuine/1 bytes announced", says: "FromContext is true after the adapter returned, with a Delivery that is not of this request", spoil: func(a *smallAdapter) {
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			body, _ := io.ReadAll(c.request.Body)
			c.request.Body = io.NopCloser(bytes.NewReader(body))
			return webhook.Delivery{Body: body[:len(body):len(body)], Account: "account-7"}, c.request.Header.Get(webhook.SignatureHeader) != ""
		}
	}},
	{name: "an outer instance's delivery is left after a refusal", by: "second instance/accepted by the outer one alone", says: "FromContext is true after the adapter refused the request", spoil: func(a *smallAdapter) { a.forget = func(*call) {} }},
	{name: "the outer instance's delivery wins", by: "second instance/accepted by both", says: "SecretIndex is 1: the Delivery is the outer instance's", spoil: func(a *smallAdapter) {
		keep := a.keep
		a.keep = func(c *call, d webhook.Delivery) {
			if _, ok := a.fromContext(c); !ok {
				keep(c, d)
			}
		}
	}},
	{name: "the delivery is kept before it is verified", by: "header/none", says: "FromContext is true after the adapter refused the request", spoil: func(a *smallAdapter) {
		verify := a.verify
		a.forget = func(*call) {}
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			body, _ := io.ReadAll(io.LimitReader(c.request.Body, 400))
			c.request.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), c.request.Body))
			a.keep(c, webhook.Delivery{Body: body[:len(body):len(body)]})
			return verify(c, v)
		}
	}},
	{name: "a refusal leaves the body in a Delivery that is not verified", by: "header/none", says: "FromContext is false after the adapter returned, and its Delivery is not zero", spoil: func(a *smallAdapter) {
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			d, ok := c.values[deliveryKey{}].(webhook.Delivery)
			return d, ok && d.SecretIndex != 3
		}
		a.forget = func(c *call) { c.values[deliveryKey{}] = webhook.Delivery{Body: []byte("x"), SecretIndex: 3} }
	}},
	{name: "deliveries are kept by contexts that are used again", after: "genuine/every byte value", by: "header/none", says: "FromContext is true after the adapter refused the request", spoil: func(a *smallAdapter) {
		a.keep = func(c *call, d webhook.Delivery) { reused.Store(c, d) }
		a.forget = func(*call) {}
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			d, ok := reused.Load(c)
			if !ok {
				return webhook.Delivery{}, false
			}
			return d.(webhook.Delivery), true
		}
	}},
	{name: "the delivery is under a plain string", by: "genuine/0 bytes announced", says: `the Delivery is kept under the key "delivery" of type string: any middleware can write one there`, spoil: keptUnder("delivery", false)},
	{name: "a pointer to the delivery is under a plain string", by: "genuine/0 bytes announced", says: `the Delivery is kept under the key "sendsar/delivery" of type string: any middleware can write one there`, spoil: keptUnder("sendsar/delivery", true)},
	{name: "the delivery is under a number", by: "genuine/0 bytes announced", says: `the Delivery is kept under the key "42" of type int: any middleware can write one there`, spoil: keptUnder(42, false)},
	{name: "the delivery is under an exported type", by: "genuine/0 bytes announced", says: `the Delivery is kept under the key "delivery" of type webhooktest_test.PublicKey: any middleware can write one there`, spoil: keptUnder(PublicKey("delivery"), false)},
	{name: "the delivery is under an empty struct", by: "genuine/0 bytes announced", says: `the Delivery is kept under the key "{}" of type struct {}: any middleware can write one there`, spoil: keptUnder(struct{}{}, false)},
	{name: "the delivery is in the context under a plain string", by: "genuine/0 bytes announced", says: `the Delivery is kept under the key "delivery" of type string: any middleware can write one there`, spoil: inContext("delivery")},
	{name: "the delivery is in the context under an exported type", by: "genuine/0 bytes announced", says: `the Delivery is kept under the key "delivery" of type webhooktest_test.PublicKey: any middleware can write one there`, spoil: inContext(PublicKey("delivery"))},
	{name: "the delivery is in a struct that every package can make", by: "genuine/1 bytes announced", says: `the Delivery is kept under the key "delivery" of type string: any middleware can write one there`, spoil: func(a *smallAdapter) {
		a.keep = func(c *call, d webhook.Delivery) { c.values["delivery"] = &PublicDelivery{d.Body, d.SecretIndex} }
		a.forget = func(c *call) { delete(c.values, "delivery") }
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			d, ok := c.values["delivery"].(*PublicDelivery)
			if !ok {
				return webhook.Delivery{}, false
			}
			return webhook.Delivery{Body: d.Body, SecretIndex: d.Index}, true
		}
	}},
	{name: "FromContext believes a header", by: "route/no adapter, every debugging header, part 1", says: "FromContext was true, and nothing verified the request", spoil: func(a *smallAdapter) {
		from := a.fromContext
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			d, ok := from(c)
			return d, ok || c.request.Header.Get("X-Webhook-Verified") != ""
		}
	}},
	{name: "the length is -1 after the body was put back", by: "framework API/the length, announced", says: "the request's length is -1, and its body has 93 bytes", spoil: afterKeeping(func(c *call) { c.request.ContentLength = -1 })},
	{name: "the length is 0 after the body was put back", by: "framework API/the length, announced", says: "the request's length is 0, and its body has 93 bytes", spoil: afterKeeping(func(c *call) { c.request.ContentLength = 0 })},
	{name: "the length of a chunked body is 0", by: "framework API/the length, chunked", says: "the request's length is 0, and its body has 93 bytes", spoil: afterKeeping(func(c *call) { c.request.ContentLength = max(c.request.ContentLength, 0) })},
	{name: "the body is gone", by: "genuine/1 bytes announced", says: `the handler saw 0 bytes that were not signed: ""`, spoil: afterKeeping(func(c *call) { c.request.Body = http.NoBody })},
	{name: "the body is closed", by: "genuine/0 bytes announced", says: "the handler could not read the body: read before", spoil: afterKeeping(func(c *call) { c.request.Body = io.NopCloser(errorReader{}) })},
	{name: "the handler's context has ended", by: "context/genuine", says: "the handler's context has ended already", spoil: contextOf(func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx
	})},
	{name: "the handler's context is context.Background", by: "context/genuine", says: "the handler's context is a context.backgroundCtx, and not the one that a middleware before the adapter set", spoil: contextOf(func(context.Context) context.Context { return context.Background() })},
	{name: "the handler's context is context.TODO", by: "context/genuine", says: "the handler's context is a context.todoCtx, and not the one that a middleware before the adapter set", spoil: contextOf(func(context.Context) context.Context { return context.TODO() })},
	{name: "the handler's context never ends", by: "context/genuine", says: "the handler's context does not end with the one that a middleware before the adapter set", spoil: contextOf(context.WithoutCancel)},
	{name: "the handler gets a copy of the request", by: "framework API/a multipart file on the disk, which is removed afterwards", says: "the temporary file of a multipart form is still there after the request", spoil: afterKeeping(func(c *call) { c.request = c.request.WithContext(c.request.Context()) })},
	{name: "the ErrorHandler gets another context", by: "context/unsigned, with an ErrorHandler", says: "the ErrorHandler's context is a context.backgroundCtx, and not the one that a middleware before the adapter set", spoil: func(a *smallAdapter) {
		forget := a.forget
		a.forget = func(c *call) { forget(c); *c.request = *c.request.WithContext(context.Background()) }
	}},
	{name: "the observer gets context.Background", by: "context/genuine", says: "the observer's context is a context.backgroundCtx, and not the one that a middleware before the adapter set", spoil: observedIn(func(context.Context) context.Context { return context.Background() })},
	{name: "the observer's context never ends", by: "context/genuine", says: "the observer's context does not end with the one that a middleware before the adapter set", spoil: observedIn(context.WithoutCancel)},
	{name: "the observer's context has no values", by: "context/genuine", says: "the observer's context is a webhooktest_test.valueless, and not the one that a middleware before the adapter set", spoil: observedIn(func(ctx context.Context) context.Context { return valueless{ctx} })},
	{name: "the observer gets context.Background after a refusal alone", by: "context/unsigned", says: "the observer's context is a context.backgroundCtx, and not the one that a middleware before the adapter set", spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			if c.request.Header.Get(webhook.SignatureHeader) == "" {
				return v.VerifyRequest(c.writer, c.request.WithContext(context.Background()))
			}
			return verify(c, v)
		}
	}},
	{name: "the SecretIndex is lost", by: "genuine/under the previous secret", says: "SecretIndex is 0", spoil: func(a *smallAdapter) {
		keep := a.keep
		a.keep = func(c *call, d webhook.Delivery) { keep(c, webhook.Delivery{Body: d.Body}) }
	}},
	{name: "the Delivery has spare capacity", by: "genuine/0 bytes announced", says: "Delivery.Body has spare capacity", spoil: func(a *smallAdapter) {
		keep := a.keep
		a.keep = func(c *call, d webhook.Delivery) {
			d.Body = append(make([]byte, 0, len(d.Body)+9), d.Body...)
			keep(c, d)
		}
	}},
	{name: "the Delivery is in a buffer that is used again", by: "connection/five deliveries, announced", says: "a Delivery that was kept changed after its handler returned", spoil: func(a *smallAdapter) {
		keep := a.keep
		var mu sync.Mutex
		buffer := make([]byte, 6_000_000)
		a.keep = func(c *call, d webhook.Delivery) {
			mu.Lock()
			defer mu.Unlock()
			n := copy(buffer, d.Body)
			d.Body = buffer[:n:n]
			keep(c, d)
		}
	}},
	{name: "all requests share a delivery", by: "concurrency/400 deliveries, 100 at a time, announced", says: "Delivery", spoil: func(a *smallAdapter) {
		a.keep = func(c *call, d webhook.Delivery) { c.values[deliveryKey{}] = true; reused.Store("last", d) }
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			if c.values[deliveryKey{}] == nil {
				return webhook.Delivery{}, false
			}
			d, _ := reused.Load("last")
			return d.(webhook.Delivery), true
		}
	}},
	{name: "verified requests wait for each other", by: "concurrency/400 deliveries, 100 at a time, announced", says: "100 deliveries were never in the handler at the same time", spoil: func(a *smallAdapter) {
		var mu sync.Mutex
		accept := a.accept
		a.accept = func(c *call) error { mu.Lock(); defer mu.Unlock(); return accept(c) }
	}},
	{name: "a handler that panics is acknowledged", by: "handler/panics", says: "answered with 200", spoil: func(a *smallAdapter) {
		accept := a.accept
		a.accept = func(c *call) (err error) {
			defer func() { _ = recover() }()
			return accept(c)
		}
	}},
}

// reused is shared by all instances of an adapter, as a package's variables are.
var reused sync.Map

// PublicKey is a type that every package can use.
type PublicKey string

// PublicDelivery is a type that every package can use.
type PublicDelivery struct {
	Body  []byte
	Index int
}

type valueless struct{ context.Context }

func (valueless) Value(any) any { return nil }

func keptUnder(key any, pointer bool) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		a.keep = func(c *call, d webhook.Delivery) {
			c.values[key] = d
			if pointer {
				c.values[key] = &d
			}
		}
		a.forget = func(c *call) { delete(c.values, key) }
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			switch d := c.values[key].(type) {
			case webhook.Delivery:
				return d, true
			case *webhook.Delivery:
				return *d, true
			}
			return webhook.Delivery{}, false
		}
	}
}

func inContext(key any) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		set := func(c *call, value any) {
			*c.request = *c.request.WithContext(context.WithValue(c.request.Context(), key, value))
		}
		a.keep = func(c *call, d webhook.Delivery) { set(c, d) }
		a.forget = func(c *call) { set(c, nil) }
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			d, ok := c.request.Context().Value(key).(webhook.Delivery)
			return d, ok
		}
	}
}

func afterKeeping(do func(c *call)) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		keep := a.keep
		a.keep = func(c *call, d webhook.Delivery) { keep(c, d); do(c) }
	}
}

func contextOf(change func(ctx context.Context) context.Context) func(a *smallAdapter) {
	return afterKeeping(func(c *call) { *c.request = *c.request.WithContext(change(c.request.Context())) })
}

func observedIn(change func(ctx context.Context) context.Context) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			other := c.request.WithContext(change(c.request.Context()))
			d, err := v.VerifyRequest(c.writer, other)
			c.request.Body = other.Body
			return d, err
		}
	}
}

// exemptionBugs let some requests through without verification.
var exemptionBugs = func() []adapterBug {
	var all []adapterBug
	add := func(name, by, says string, passes func(r *http.Request) bool) {
		all = append(all, adapterBug{name: "not verified: " + name, by: by, says: says, spoil: func(a *smallAdapter) {
			before := a.passes
			a.passes = func(c *call) bool { return before(c) || passes(c.request) }
		}})
	}
	method := func(methods ...string) func(r *http.Request) bool {
		return func(r *http.Request) bool {
			for _, one := range methods {
				if r.Method == one {
					return false
				}
			}
			return true
		}
	}
	header := func(name, part string) func(r *http.Request) bool {
		return func(r *http.Request) bool {
			return r.Header.Get(name) != "" && strings.Contains(strings.ToLower(r.Header.Get(name)), part)
		}
	}
	add("other methods than POST", "route/PUT, unsigned", accepts, method("POST"))
	add("other methods than POST and PUT", "route/PATCH, unsigned", accepts, method("POST", "PUT"))
	add("other methods than those with a body", "route/GET, unsigned", accepts, method("POST", "PUT", "PATCH", "DELETE"))
	add("OPTIONS", "route/OPTIONS, unsigned", accepts, func(r *http.Request) bool { return r.Method == http.MethodOptions })
	add("a preflight", "route/a preflight", accepts, func(r *http.Request) bool { return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" })
	add("HEAD", "route/HEAD, unsigned", "answered with 200", func(r *http.Request) bool { return r.Method == http.MethodHead })
	add("another path, compared with capitals", "route/the path in capitals, unsigned", accepts, func(r *http.Request) bool {
		return r.URL.Path != "/webhooks/sendsar" && r.URL.Path != "/webhooks/sendsar/"
	})
	add("another path, compared without its slash", "route/the path with a slash behind it, unsigned", accepts, func(r *http.Request) bool { return strings.ToLower(r.URL.Path) != "/webhooks/sendsar" })
	add("a path with a slash behind it", "route/the path with a slash behind it, unsigned", accepts, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/") })
	add("a target with a query", "genuine/a query in the target", "the handler ran and FromContext was false", func(r *http.Request) bool { return r.RequestURI != r.URL.Path })
	add("an encoded path", "route/the path with a letter encoded, unsigned", accepts, func(r *http.Request) bool { return r.URL.RawPath != "" })
	add("kube-probe", `exemption/User-Agent "kube-probe/1.30", unsigned`, accepts, header("User-Agent", "kube-probe"))
	add("an agent of a health check", `exemption/User-Agent "ELB-HealthChecker/2.0", unsigned`, accepts, header("User-Agent", "health"))
	add("curl", `exemption/User-Agent "curl/8.5.0", unsigned`, accepts, header("User-Agent", "curl"))
	add("Googlebot", `exemption/User-Agent "Googlebot/2.1", unsigned`, accepts, header("User-Agent", "googlebot"))
	add("Datadog", `exemption/User-Agent "Datadog Agent/7.52", unsigned`, accepts, header("User-Agent", "datadog"))
	add("no agent", "genuine/0 bytes announced", "the handler ran and FromContext was false", func(r *http.Request) bool { return r.Header.Get("User-Agent") == "" })
	add("X-Debug", `exemption/every debugging header with the value "1", part 1, unsigned`, accepts, func(r *http.Request) bool { return r.Header.Get("X-Debug") == "1" })
	add("X-Debug-Mode", `exemption/every debugging header with the value "true", part 1, unsigned`, accepts, func(r *http.Request) bool { return r.Header.Get("X-Debug-Mode") == "true" })
	add("X-Webhook-Skip", `exemption/every debugging header with the value "1", part 1, unsigned`, accepts, func(r *http.Request) bool { return r.Header.Get("X-Webhook-Skip") == "1" })
	add("X-Internal", `exemption/every debugging header with the value "1", part 1, unsigned`, accepts, header("X-Internal", ""))
	add("X-Forwarded-For 127.0.0.1", `exemption/every debugging header with the value "127.0.0.1", part 1, unsigned`, accepts, header("X-Forwarded-For", "127.0.0.1"))
	add("X-Forwarded-For of a private network", `exemption/every debugging header with the value "10.0.0.1", part 1, unsigned`, accepts, header("X-Forwarded-For", "10."))
	add("Authorization", "header/in the Authorization header", accepts, header("Authorization", ""))
	add("a query parameter", `exemption/every debugging parameter with the value "1", part 1, unsigned`, accepts, func(r *http.Request) bool { return r.URL.Query().Get("debug") == "1" })
	add("a query parameter skip_verify", `exemption/every debugging parameter with the value "true", part 1, unsigned`, accepts, func(r *http.Request) bool { return r.URL.Query().Get("skip_verify") == "true" })
	add("a query parameter nosig", `exemption/every debugging parameter with the value "1", part 1, unsigned`, accepts, func(r *http.Request) bool { return r.URL.Query().Has("nosig") })
	add("a query parameter that verifies not", `exemption/every debugging parameter with the value "0", part 2, unsigned`, accepts, func(r *http.Request) bool { return r.URL.Query().Get("verify") == "0" })
	add("a cookie", `exemption/every debugging cookie with the value "1", part 1, unsigned`, accepts, func(r *http.Request) bool { _, err := r.Cookie("debug"); return err == nil })
	add("a cookie bypass", `exemption/every debugging cookie with the value "true", part 1, unsigned`, accepts, func(r *http.Request) bool { c, err := r.Cookie("bypass"); return err == nil && c.Value == "true" })
	add("no content", "genuine/0 bytes announced", "the handler ran and FromContext was false", func(r *http.Request) bool { return r.ContentLength == 0 })
	add("an unknown length", "header/only in a trailer", accepts, func(r *http.Request) bool { return r.ContentLength < 0 && r.Header.Get(webhook.SignatureHeader) == "" })
	add("no content type", `genuine/Content-Type ""`, "the handler ran and FromContext was false", func(r *http.Request) bool { return r.Header.Get("Content-Type") == "" })
	add("forms", `genuine/Content-Type "application/x-www-form-urlencoded"`, "the handler ran and FromContext was false", header("Content-Type", "form"))
	add("what is no JSON", `genuine/Content-Type ""`, "the handler ran and FromContext was false", func(r *http.Request) bool { return !strings.Contains(r.Header.Get("Content-Type"), "json") })
	add("localhost", "exemption/Host localhost, unsigned", accepts, func(r *http.Request) bool { return strings.HasPrefix(r.Host, "localhost") })
	add("an internal host", "exemption/Host webhooks.internal, unsigned", accepts, func(r *http.Request) bool {
		return strings.HasSuffix(r.Host, ".internal") || strings.HasSuffix(r.Host, ".local")
	})
	add("a loopback address", "genuine/0 bytes announced", "the handler ran and FromContext was false", func(r *http.Request) bool { return strings.HasPrefix(r.RemoteAddr, "127.") })
	add("HTTP/1.0", "genuine/HTTP/1.0", "the handler ran and FromContext was false", func(r *http.Request) bool { return r.ProtoMinor == 0 })
	add("an upgrade", "exemption/an upgrade, unsigned", accepts, header("Connection", "upgrade"))
	add("Expect", "genuine/Expect 100-continue", "the handler ran and FromContext was false", header("Expect", ""))
	add("no signature at all", "header/none", accepts, func(r *http.Request) bool { return r.Header.Get(webhook.SignatureHeader) == "" })
	add("an empty signature", "header/empty", accepts, func(r *http.Request) bool {
		lines, ok := r.Header[webhook.SignatureHeader]
		return ok && lines[0] == ""
	})
	add("the console's agent", `exemption/User-Agent "Sendsar-Console/1.0", unsigned`, accepts, header("User-Agent", "sendsar-console"))
	return all
}()

// configBugs are about Verifier, VerifierFor and Skipper.
var configBugs = []adapterBug{
	{name: "a nil Verifier lets the request through", by: "verifier for/nil, genuine", says: accepts, spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			if v == nil {
				return webhook.Delivery{}, nil
			}
			return verify(c, v)
		}
	}},
	{name: "a nil Verifier lets the request through without a delivery", by: "verifier for/nil, genuine", says: accepts, spoil: func(a *smallAdapter) {
		pick, passes := a.pick, a.passes
		a.passes = func(c *call) bool {
			if passes(c) {
				return true
			}
			v := pick(c)
			a.pick = func(*call) *webhook.Verifier { return v }
			return v == nil
		}
	}},
	{name: "a nil Verifier is a failure of ours", by: "verifier for/nil, genuine", says: "the answers have the statuses [500], not [401]", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			if errors.Is(err, webhook.ErrNoVerifier) {
				err = fmt.Errorf("unknown account: %w", webhook.ErrInvalidSecret)
			}
			return refuse(c, err)
		}
	}},
	{name: "a nil Verifier answers 404", by: "verifier for/nil, genuine", says: "the answers have the statuses [404], not [401]", spoil: func(a *smallAdapter) {
		reject := a.reject
		a.reject = func(c *call, err error) {
			reject(c, err)
			if errors.Is(err, webhook.ErrNoVerifier) {
				c.text(http.StatusNotFound, "unknown account")
			}
		}
	}},
	{name: "a nil Verifier falls back to the last one", by: "verifier for/an account that was taken away", says: "the answers have the statuses [200 200], not [200 401]", spoil: func(a *smallAdapter) {
		pick := a.pick
		var mu sync.Mutex
		var last *webhook.Verifier
		a.pick = func(c *call) *webhook.Verifier {
			mu.Lock()
			defer mu.Unlock()
			if v := pick(c); v != nil {
				last = v
			}
			return last
		}
	}},
	{name: "VerifierFor is called once for all requests", by: "verifier for/a secret that was taken away", says: "VerifierFor was called 1 times, not 3", spoil: func(a *smallAdapter) {
		pick := a.pick
		var once sync.Once
		var v *webhook.Verifier
		a.pick = func(c *call) *webhook.Verifier { once.Do(func() { v = pick(c) }); return v }
	}},
	{name: "VerifierFor is called twice", by: "verifier for/genuine", says: "VerifierFor was called 2 times, not 1", spoil: func(a *smallAdapter) {
		pick := a.pick
		a.pick = func(c *call) *webhook.Verifier { pick(c); return pick(c) }
	}},
	{name: "VerifierFor is called again after a refusal", by: "verifier for/forged", says: "VerifierFor was called 2 times, not 1", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			if a.VerifierFor != nil {
				a.VerifierFor(c)
			}
			return refuse(c, err)
		}
	}},
	{name: "VerifierFor is not called for unsigned requests", by: "verifier for/unsigned", says: "VerifierFor was called 0 times, not 1", spoil: func(a *smallAdapter) {
		pick := a.pick
		a.pick = func(c *call) *webhook.Verifier {
			if c.request.Header.Get(webhook.SignatureHeader) == "" {
				return webhook.MustNew("whsec_0123456789abcdef0123456789abcdef")
			}
			return pick(c)
		}
	}},
	{name: "VerifierFor is called after the body was read", by: "verifier for/called before the body is read, chunked, 20000 bytes of the body sent", says: "VerifierFor was called 0 times, not 1", patience: soon, spoil: func(a *smallAdapter) {
		pick := a.pick
		a.pick = func(c *call) *webhook.Verifier { readWhole(c); return pick(c) }
	}},
	{name: "VerifierFor is called before Skipper", by: "skipper/skipped, unsigned, with a VerifierFor", says: "VerifierFor was called 1 times, not 0", spoil: func(a *smallAdapter) {
		pick, passes := a.pick, a.passes
		a.passes = func(c *call) bool {
			v := pick(c)
			c.values["picked"] = func() *webhook.Verifier { return v }
			return passes(c)
		}
		a.pick = func(c *call) *webhook.Verifier { return c.values["picked"].(func() *webhook.Verifier)() }
	}},
	{name: "Skipper is called twice", by: "skipper/skipped, unsigned", says: "Skipper was called 2 times", spoil: func(a *smallAdapter) {
		passes := a.passes
		a.passes = func(c *call) bool { passes(c); return passes(c) }
	}},
	{name: "Skipper is not called", by: "skipper/skipped, unsigned", says: "Skipper was not called", spoil: func(a *smallAdapter) { a.passes = func(*call) bool { return false } }},
	{name: "Skipper is not called with a VerifierFor", by: "skipper/skipped, unsigned, with a VerifierFor", says: "Skipper was not called", spoil: func(a *smallAdapter) {
		passes := a.passes
		a.passes = func(c *call) bool { return a.VerifierFor == nil && passes(c) }
	}},
	{name: "Skipper is called after a refusal", by: "skipper/skipped, genuine", says: "Skipper was not called", spoil: func(a *smallAdapter) {
		passes, refuse := a.passes, a.refuse
		a.passes = func(*call) bool { return false }
		a.refuse = func(c *call, err error) error {
			if passes(c) {
				return c.next()
			}
			return refuse(c, err)
		}
	}},
	{name: "Skipper means the opposite", by: "skipper/skipped, unsigned", says: refuses, spoil: func(a *smallAdapter) {
		a.passes = func(c *call) bool { return a.Skipper != nil && !a.Skipper(c) }
	}},
	{name: "Skipper's first word counts for all requests", after: "skipper/skipped, genuine", by: "skipper/not skipped, unsigned", says: accepts, spoil: func(a *smallAdapter) {
		passes := a.passes
		var once sync.Once
		var skip bool
		a.passes = func(c *call) bool { once.Do(func() { skip = passes(c) }); return skip }
	}},
	{name: "a skipped request loses its body", by: "skipper/skipped, unsigned", says: `the handler saw 0 other bytes: ""`, spoil: func(a *smallAdapter) {
		passes := a.passes
		a.passes = func(c *call) bool {
			ok := passes(c)
			if ok {
				_, _ = io.Copy(io.Discard, c.request.Body)
			}
			return ok
		}
	}},
	{name: "a skipped request counts as verified", by: "skipper/skipped, unsigned", says: "FromContext was true, and nothing verified the request", spoil: func(a *smallAdapter) {
		passes := a.passes
		a.passes = func(c *call) bool {
			ok := passes(c)
			if ok {
				a.keep(c, webhook.Delivery{Body: []byte{}})
			}
			return ok
		}
	}},
}

func readWhole(c *call) {
	body, err := io.ReadAll(c.request.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client has given up
	}
	c.request.Body = io.NopCloser(bytes.NewReader(body))
}

// takingBugs are about how the body and the signature are read.
var takingBugs = []adapterBug{
	{name: "chunked bodies are cut after 500,000 bytes", by: "limit/600000 bytes under a limit of 5,000,000, chunked", says: refuses, spoil: cutAfter(500_000, true)},
	{name: "chunked bodies are cut after a MiB", by: "limit/1048577 bytes under a limit of 5,000,000, chunked", says: refuses, spoil: cutAfter(1<<20, true)},
	{name: "chunked bodies are cut after 4 MiB", by: "limit/5000000 bytes under a limit of 5,000,000, chunked", says: refuses, spoil: cutAfter(4<<20, true)},
	{name: "announced bodies are cut after a MiB", by: "limit/1048577 bytes under a limit of 5,000,000, announced", says: "the answers have the statuses [500], not [200]", spoil: cutAfter(1<<20, false)},
	{name: "bodies over a MiB are too large", by: "limit/1048577 bytes under a limit of 5,000,000, announced", says: "the answers have the statuses [413], not [200]", spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			c.request.Body = http.MaxBytesReader(c.writer, c.request.Body, 1<<20)
			return verify(c, v)
		}
	}},
	{name: "the rest of a refused body is read before the answer", by: "early refusal/unsigned, announced, 0 bytes of the body sent", says: noAnswer, patience: soon, spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error { _, _ = io.Copy(io.Discard, c.request.Body); return refuse(c, err) }
	}},
	{name: "the rest of a refused body is read after the answer", by: "early refusal/unsigned, announced, 0 bytes of the body sent", says: "the answer's body: ", patience: soon, spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			err = refuse(c, err)
			c.flush()
			_, _ = io.Copy(io.Discard, c.request.Body)
			return err
		}
	}},
	{name: "64 MiB of a refused body are read after an answer with its length", by: "sending on/unsigned, announced", says: "MiB more were taken after the refusal", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			err = refuse(c, err)
			c.writer.Header().Set("Content-Length", strconv.Itoa(len(c.body)))
			c.flush()
			_, _ = io.CopyN(io.Discard, c.request.Body, 64<<20)
			return err
		}
	}},
	{name: "the rest of a refused body is closed and read by the server", by: "early refusal/unsigned, chunked, 20000 bytes of the body sent", says: noAnswer, patience: soon, spoil: func(a *smallAdapter) {
		reject := a.reject
		a.reject = func(c *call, err error) { c.writer.Header().Del("Connection"); reject(c, err) }
	}},
	{name: "every refusal closes the connection", by: "connection/a forged delivery between two genuine ones, announced", says: "the answers have the statuses [200 401], not [200 401 200]", spoil: func(a *smallAdapter) {
		reject := a.reject
		a.reject = func(c *call, err error) { c.writer.Header().Set("Connection", "close"); reject(c, err) }
	}},
	{name: "the body is read before the header is looked at", by: "early refusal/unsigned, announced, 20000 bytes of the body sent", says: noAnswer, patience: soon, spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) { readWhole(c); return verify(c, v) }
	}},
	{name: "the announced length is not passed on", by: "order/drained before us, announced", says: "[401], not [500]", spoil: throughReader(func(*call) int64 { return -1 }, nil)},
	{name: "the signature is cut at a blank", by: "header/a list with a space", says: accepts, spoil: throughReader(nil, func(lines []string) []string {
		for i, line := range lines {
			if fields := strings.Fields(line); len(fields) > 0 {
				lines[i] = fields[0]
			}
		}
		return lines
	})},
	{name: "the first of two signatures counts", by: "header/the same line twice", says: accepts, spoil: throughReader(nil, func(lines []string) []string { return lines[:min(len(lines), 1)] })},
	{name: "the last of two signatures counts", by: "header/the same line twice", says: accepts, spoil: throughReader(nil, func(lines []string) []string { return lines[max(0, len(lines)-1):] })},
	{name: "the signature may be in upper case", by: "header/upper-case hex", says: accepts, spoil: throughReader(nil, func(lines []string) []string {
		for i := range lines {
			lines[i] = strings.ToLower(lines[i])
		}
		return lines
	})},
	{name: "a timeout is a failure of ours", by: "timeout/a body that stops, announced", says: "answered with 500", spoil: rejectedWith(webhook.ErrBodyRead, http.StatusInternalServerError)},
	{name: "a body that breaks off is a 401", by: "framing/cut off, one byte before its end", says: "answered with 401", spoil: func(a *smallAdapter) {
		reject := a.reject
		a.reject = func(c *call, err error) {
			if errors.Is(err, webhook.ErrBodyRead) {
				err = webhook.ErrSignatureMismatch
			}
			reject(c, err)
		}
	}},
	{name: "a timeout is a 401", by: "timeout/a body that stops, announced", says: "answered with 401", spoil: func(a *smallAdapter) {
		reject := a.reject
		a.reject = func(c *call, err error) {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = webhook.ErrSignatureMismatch
			}
			reject(c, err)
		}
	}},
	{name: "a timeout is waited for without end", by: "timeout/a body that stops, announced", says: "the server neither answers nor closes", patience: soon, spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			_ = http.NewResponseController(c.writer).SetReadDeadline(noTime)
			return verify(c, v)
		}
	}},
	{name: "inflates gzip", by: "genuine/gzip, left as it came", says: refuses, spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			if c.request.Header.Get("Content-Encoding") == "gzip" {
				inflate(c)
			}
			return verify(c, v)
		}
	}},
	{name: "accepts a signature that it accepted before", by: "header/the same line twice", says: accepts, spoil: func(a *smallAdapter) {
		verify := a.verify
		var known sync.Map
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			signature := c.request.Header.Get(webhook.SignatureHeader)
			if _, ok := known.Load(signature); ok {
				body, err := io.ReadAll(c.request.Body)
				c.request.Body = io.NopCloser(bytes.NewReader(body))
				return webhook.Delivery{Body: body[:len(body):len(body)]}, err
			}
			d, err := verify(c, v)
			if err == nil {
				known.Store(signature, true)
			}
			return d, err
		}
	}},
	{name: "verifies twice", by: "new/genuine, and the observer is called", says: "the observer was called 2 times", spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			if _, err := verify(c, v); err != nil {
				return webhook.Delivery{}, err
			}
			return verify(c, v)
		}
	}},
	{name: "looks at the header before package webhook does", by: "context/unsigned", says: "the observer was called 0 times", spoil: func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			if c.request.Header.Get(webhook.SignatureHeader) == "" && v != nil {
				c.writer.Header().Set("Connection", "close")
				return webhook.Delivery{}, webhook.ErrMissingSignature
			}
			return verify(c, v)
		}
	}},
}

// rejectionBugs are about the answer to a refusal.
var rejectionBugs = []adapterBug{
	{name: "a refusal is left to the framework", by: "header/none", says: "the answers have the statuses [500], not [401]", spoil: func(a *smallAdapter) { a.refuse = func(_ *call, err error) error { return err } }},
	{name: "a header tells the reason", after: "header/none", by: "header/upper-case hex", says: "a 401 has the header ", spoil: rejectedAs(func(c *call, err error) { c.writer.Header().Set("X-Reason", webhook.Reason(err)) })},
	{name: "only a mismatch asks for authentication", after: "header/none", by: "header/all zeros", says: "a 401 has the header ", spoil: rejectedAs(func(c *call, err error) {
		if errors.Is(err, webhook.ErrSignatureMismatch) {
			c.writer.Header().Set("WWW-Authenticate", "Signature")
		}
	})},
	{name: "a 401 has the error's text", by: "header/none", says: `a 401 has the text "webhook: missing X-Webhook-Signature header", where the public one is "invalid signature"`, spoil: rejectedAs(func(c *call, err error) { c.body = []byte(err.Error()) })},
	{name: "a failure of ours has the error's text", by: "verifier for/a zero Verifier, genuine", says: `a 500 has the text "webhook: invalid secret: zero Verifier; make it with New", where the public one is "internal server error"`, spoil: rejectedAs(func(c *call, err error) {
		if webhook.StatusCode(err) == 500 {
			c.body = []byte(err.Error())
		}
	})},
	{name: "a read error has the error's text", by: "read error/after the body, announced", says: `a 400 has the text "webhook: request body could not be read: the reader failed with a *errors.errorString", where the public one is "request body could not be read"`, spoil: rejectedAs(func(c *call, err error) {
		if errors.Is(err, webhook.ErrBodyRead) {
			c.body = []byte(err.Error())
		}
	})},
	{name: "a mismatch is a 403", by: "header/all zeros", says: "the answers have the statuses [403], not [401]", spoil: rejectedWith(webhook.ErrSignatureMismatch, http.StatusForbidden)},
	{name: "an unsigned request is a 400", by: "header/none", says: "the answers have the statuses [400], not [401]", spoil: rejectedWith(webhook.ErrMissingSignature, http.StatusBadRequest)},
	{name: "a malformed signature is a 400", by: "header/upper-case hex", says: "the answers have the statuses [400], not [401]", spoil: rejectedWith(webhook.ErrMalformedSignature, http.StatusBadRequest)},
	{name: "too large is a 400", by: "limit/one byte over, announced", says: "the answers have the statuses [400], not [413]", spoil: rejectedWith(webhook.ErrBodyTooLarge, http.StatusBadRequest)},
	{name: "an altered body is a 400", by: "order/drained before us, announced", says: "the answers have the statuses [400], not [500]", spoil: rejectedWith(webhook.ErrBodyAltered, http.StatusBadRequest)},
	{name: "a refusal is acknowledged", by: "header/none", says: accepts, spoil: rejectedAs(func(c *call, _ error) { c.text(http.StatusOK, "") })},
	{name: "an earlier status counts as the ErrorHandler's answer", by: "earlier answer/a status of 403, with an ErrorHandler that only logs, unsigned", says: "the answers have the statuses [403], not [401]", spoil: func(a *smallAdapter) {
		a.refuse = func(c *call, err error) error {
			if a.ErrorHandler == nil || !a.answeredBy(c, err) {
				a.reject(c, err)
			}
			return nil
		}
	}},
	{name: "an earlier status stays", by: "earlier answer/a status of 202, unsigned", says: "the answers have the statuses [202], not [401]", spoil: func(a *smallAdapter) {
		a.refuse = func(c *call, err error) error {
			earlier := c.status
			c.status, c.body = 0, nil
			if a.ErrorHandler == nil || !a.answeredBy(c, err) {
				a.reject(c, err)
				if earlier != 0 {
					c.status = earlier
				}
			}
			return nil
		}
	}},
	{name: "an earlier body stays before the rejection", by: "earlier answer/a body, unsigned", says: `a 401 has the text "of an earlier middlewareinvalid signature"`, spoil: func(a *smallAdapter) {
		a.refuse = func(c *call, err error) error {
			earlier := c.body
			c.status, c.body = 0, nil
			if a.ErrorHandler == nil || !a.answeredBy(c, err) {
				a.reject(c, err)
				c.body = append(bytes.Clone(earlier), c.body...)
			}
			return nil
		}
	}},
	{name: "the first status wins for an accepted delivery", by: "earlier answer/a status of 202, genuine", says: "the answers have the statuses [202], not [200]", spoil: func(a *smallAdapter) {
		accept := a.accept
		a.accept = func(c *call) error {
			earlier := c.status
			err := accept(c)
			if earlier != 0 {
				c.status = earlier
			}
			return err
		}
	}},
}

// handlerBugs are about the ErrorHandler.
var handlerBugs = []adapterBug{
	{name: "a status of 204 acknowledges", by: "error handler/sets the status 204 alone, unsigned", says: "the answers have the statuses [204], not [401]", spoil: answersIf(func(c *call, failed error) bool { return failed == nil && (c.status != 0 || len(c.body) > 0) })},
	{name: "an ErrorHandler that returns nil has answered", by: "error handler/only logs, unsigned", says: accepts, spoil: answersIf(func(_ *call, failed error) bool { return failed == nil })},
	{name: "an ErrorHandler has always answered", by: "error handler/returns its error, forged", says: accepts, spoil: answersIf(func(*call, error) bool { return true })},
	{name: "an ErrorHandler has never answered", by: "error handler/answers, unsigned", says: "the answers have the statuses [401], not [422]", spoil: answersIf(func(*call, error) bool { return false })},
	{name: "a status alone is no answer", by: "error handler/sets a status alone, unsigned", says: "the answers have the statuses [401], not [422]", spoil: answersIf(func(c *call, failed error) bool { return failed == nil && len(c.body) > 0 })},
	{name: "a streamed answer is no answer", by: "error handler/streams its answer, unsigned", says: `the answer has the body "refused by the appinvalid signature"`, spoil: func(a *smallAdapter) {
		a.answeredBy = func(c *call, err error) bool {
			c.steps = nil
			failed := a.ErrorHandler(c, err)
			return failed == nil && c.status != 0 && len(c.body) > 0
		}
	}},
	{name: "the default rejection follows the own answer", by: "error handler/answers, unsigned", says: `the answer has the body "refused by the appinvalid signature"`, spoil: func(a *smallAdapter) {
		answered := a.answeredBy
		a.answeredBy = func(c *call, err error) bool {
			ok := answered(c, err)
			if ok && !c.sent {
				c.write(webhook.PublicMessage(err))
			}
			return ok
		}
	}},
	{name: "the default rejection comes before the own answer", by: "error handler/answers, unsigned", says: "the answers have the statuses [401], not [422]", spoil: func(a *smallAdapter) {
		answered := a.answeredBy
		a.answeredBy = func(c *call, err error) bool {
			a.reject(c, err)
			c.flush()
			answered(c, err)
			return true
		}
	}},
	{name: "the own answer has the default status", by: "error handler/answers, unsigned", says: "the answers have the statuses [401], not [422]", spoil: func(a *smallAdapter) {
		answered := a.answeredBy
		a.answeredBy = func(c *call, err error) bool {
			ok := answered(c, err)
			c.status = webhook.StatusCode(err)
			return ok
		}
	}},
	{name: "an ErrorHandler that panics acknowledges", by: "error handler/panics with http.ErrAbortHandler, unsigned", says: "answered with 200", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			defer func() { _ = recover() }()
			return refuse(c, err)
		}
	}},
	{name: "an ErrorHandler that aborts acknowledges", by: "error handler/panics with http.ErrAbortHandler, unsigned", says: "answered with 200", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			defer func() {
				if v := recover(); v != nil && v != any(http.ErrAbortHandler) {
					panic(v)
				}
			}()
			return refuse(c, err)
		}
	}},
	{name: "an ErrorHandler that panics leaves 200 and an earlier status", by: "earlier answer/a status of 202, with an ErrorHandler that panics with a text, forged", says: "answered with 202", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			earlier := c.status
			defer func() {
				if v := recover(); v != nil {
					if earlier == 0 {
						panic(v)
					}
					c.status = earlier
				}
			}()
			return refuse(c, err)
		}
	}},
	{name: "an ErrorHandler that panics lets the handler run", by: "error handler/panics with http.ErrAbortHandler, unsigned", says: "answered with 200", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) (failed error) {
			steps := c.steps
			defer func() {
				if recover() != nil {
					c.steps = steps
					failed = c.next()
				}
			}()
			return refuse(c, err)
		}
	}},
	{name: "an ErrorHandler's Next runs the handler", by: "error handler/calls Next, forged", says: accepts, spoil: func(a *smallAdapter) {
		answered := a.answeredBy
		a.answeredBy = func(c *call, err error) bool {
			steps := c.steps
			handler := a.ErrorHandler
			defer func() { a.ErrorHandler = handler }()
			a.ErrorHandler = func(c *call, err error) error { c.steps = steps; return handler(c, err) }
			return answered(c, err)
		}
	}},
	{name: "the handler runs after the ErrorHandler", by: "verifier for/with an ErrorHandler, nil", says: "the handler ran 1 times, not 0", spoil: func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			steps := c.steps
			failed := refuse(c, err)
			if a.ErrorHandler != nil {
				status, body := c.status, c.body
				c.steps = steps
				failed = c.next()
				c.status, c.body = status, body
			}
			return failed
		}
	}},
	{name: "the handler runs first, and the refusal is answered", by: "header/none", says: "the handler ran 1 times, not 0", spoil: func(a *smallAdapter) {
		reject := a.reject
		a.reject = func(c *call, err error) { _ = c.next(); reject(c, err) }
	}},
	{name: "the ErrorHandler is called twice", by: "error handler/only logs, forged", says: "the ErrorHandler was called 2 times", spoil: func(a *smallAdapter) {
		answered := a.answeredBy
		a.answeredBy = func(c *call, err error) bool { answered(c, err); return answered(c, err) }
	}},
	{name: "the ErrorHandler is not called", by: "error handler/only logs, forged", says: "the ErrorHandler was not called", spoil: func(a *smallAdapter) { a.answeredBy = func(*call, error) bool { return false } }},
	{name: "the ErrorHandler is not called for 413", by: "error handler/only logs, over the limit", says: "the ErrorHandler was not called", spoil: notCalledFor(webhook.ErrBodyTooLarge)},
	{name: "the ErrorHandler is not called for unsigned requests", by: "error handler/only logs, unsigned", says: "the ErrorHandler was not called", spoil: notCalledFor(webhook.ErrMissingSignature)},
	{name: "the ErrorHandler is not called without a Verifier", by: "verifier for/with an ErrorHandler, nil", says: "the ErrorHandler was not called", spoil: notCalledFor(webhook.ErrNoVerifier)},
	{name: "the ErrorHandler is not called for a zero Verifier", by: "verifier for/with an ErrorHandler, a zero Verifier", says: "the ErrorHandler was not called", spoil: notCalledFor(webhook.ErrInvalidSecret)},
	{name: "the ErrorHandler is called for genuine deliveries", by: "error handler/only logs, genuine", says: "the ErrorHandler got", spoil: func(a *smallAdapter) {
		accept := a.accept
		a.accept = func(c *call) error {
			if a.ErrorHandler != nil {
				steps := c.steps
				_ = a.ErrorHandler(c, nil)
				c.steps, c.status, c.body = steps, 0, nil
			}
			return accept(c)
		}
	}},
	{name: "the ErrorHandler runs after the answer", by: "error handler/answers, unsigned", says: "the answers have the statuses [401], not [422]", spoil: func(a *smallAdapter) {
		a.answeredBy = func(c *call, err error) bool {
			copied := &call{request: c.request, writer: nowhere{make(http.Header)}, values: maps.Clone(c.values), app: c.app}
			go func() {
				defer func() { _ = recover() }()
				_ = a.ErrorHandler(copied, err)
			}()
			return false
		}
	}},
	{name: "the ErrorHandler gets an error of the adapter's own", by: "error handler/only logs, forged", says: `the ErrorHandler got "refused", not "webhook: signature does not match the body"`, spoil: givenTo(func(error) error { return errors.New("refused") })},
	{name: "the ErrorHandler gets the error's text", by: "error handler/only logs, forged", says: `the ErrorHandler got "webhook: signature does not match the body", not`, spoil: givenTo(func(err error) error { return errors.New(err.Error()) })},
	{name: "the ErrorHandler gets a mismatch for all", by: "error handler/only logs, over the limit", says: `the ErrorHandler got "webhook: signature does not match the body", not "webhook: request body too large"`, spoil: givenTo(func(error) error { return webhook.ErrSignatureMismatch })},
	{name: "the ErrorHandler finds a delivery", by: "header/none", says: "FromContext is true after the adapter refused the request", spoil: func(a *smallAdapter) {
		a.forget = func(c *call) { a.keep(c, webhook.Delivery{Body: []byte("x")}) }
	}},
	{name: "the ErrorHandler's delivery is taken away afterwards", by: "error handler/only logs, forged", says: "FromContext is true in the ErrorHandler", spoil: func(a *smallAdapter) {
		refuse, forget := a.refuse, a.forget
		a.forget = func(c *call) { a.keep(c, webhook.Delivery{Body: []byte{}}) }
		a.refuse = func(c *call, err error) error { defer forget(c); return refuse(c, err) }
	}},
}

// logBugs show secrets, signatures or bodies in a log or an answer.
var logBugs = []adapterBug{
	{name: "the body goes to package log", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { log.Printf("body: %s", d.Body) })},
	{name: "the body goes to slog", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { slog.Info("webhook", "body", string(d.Body)) })},
	{name: "the body goes to the framework's log", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(c *call, d webhook.Delivery) { c.app.log.Printf("body: %s", d.Body) })},
	{name: "the body goes to standard error", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { fmt.Fprintf(os.Stderr, "body: %s\n", d.Body) })},
	{name: "the body goes to standard output", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { fmt.Printf("body: %s\n", d.Body) })},
	{name: "the body goes to the log in quotes", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { log.Printf("body: %q", d.Body) })},
	{name: "the body goes to the log in hex", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { log.Printf("body: %x", d.Body) })},
	{name: "the body goes to the log as numbers", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { log.Printf("body: %v", d.Body) })},
	{name: "the body goes to the log in base64", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { log.Print(base64.StdEncoding.EncodeToString(d.Body)) })},
	{name: "the beginning of the body goes to the log", by: "genuine/55 bytes announced", says: "the log shows the body", spoil: logged(func(_ *call, d webhook.Delivery) { log.Printf("body: %.30s…", d.Body) })},
	{name: "the signature goes to the log", by: "genuine/0 bytes announced", says: "the log shows a signature", spoil: logged(func(c *call, _ webhook.Delivery) { log.Print(c.request.Header.Get(webhook.SignatureHeader)) })},
	{name: "the header goes to the log", by: "genuine/0 bytes announced", says: "the log shows a signature", spoil: logged(func(c *call, _ webhook.Delivery) { log.Print(c.request.Header) })},
	{name: "the signature goes to the log after a refusal", by: "header/upper-case hex", says: "the log shows a signature", spoil: rejectedAs(func(c *call, err error) {
		log.Printf("%v: %s", err, c.request.Header.Get(webhook.SignatureHeader))
	})},
	{name: "the body goes to the log after a refusal", by: "header/none", says: "the log shows the body", spoil: rejectedAs(func(c *call, err error) {
		body, _ := io.ReadAll(c.request.Body)
		c.app.log.Printf("%v: %s", err, body)
	})},
	{name: "New writes its secret to the log", by: "new/unsigned", says: "when the adapter was made, the log showed a secret", spoil: func(a *smallAdapter) {
		made := a.new
		a.new = func(secret string, options ...webhook.Option) (*webhook.Verifier, error) {
			log.Printf("verifying with %s", secret)
			return made(secret, options...)
		}
	}},
	{name: "New writes its secret to standard error", by: "new/unsigned", says: "when the adapter was made, the log showed a secret", spoil: func(a *smallAdapter) {
		made := a.new
		a.new = func(secret string, options ...webhook.Option) (*webhook.Verifier, error) {
			fmt.Fprintf(os.Stderr, "verifying with %s\n", secret)
			return made(secret, options...)
		}
	}},
	{name: "an answer shows the signature that was expected", by: "header/none", says: "the answer shows a signature", spoil: rejectedAs(func(c *call, _ error) {
		c.writer.Header().Set("X-Expected", webhook.Sign("x", nil))
	})},
}

// optionBugs are about the way New uses its options.
var optionBugs = []adapterBug{
	{name: "New drops its options", by: "new/genuine, and the observer is called", says: "the observer was called 0 times", spoil: madeWith(func([]webhook.Option) []webhook.Option { return nil })},
	{name: "New passes the first option alone", by: "new/genuine, and the observer is called", says: "the observer was called 0 times", spoil: madeWith(func(all []webhook.Option) []webhook.Option { return all[:min(len(all), 1)] })},
	{name: "New passes the last option alone", by: "new/under the previous secret", says: refuses, spoil: madeWith(func(all []webhook.Option) []webhook.Option { return all[max(0, len(all)-1):] })},
	{name: "New drops the first option", by: "new/under the previous secret", says: refuses, spoil: madeWith(func(all []webhook.Option) []webhook.Option { return all[min(len(all), 1):] })},
	{name: "New drops the last option", by: "new/genuine, and the observer is called", says: "the observer was called 0 times", spoil: madeWith(func(all []webhook.Option) []webhook.Option { return all[:max(0, len(all)-1)] })},
	{name: "New sets a limit of its own", by: "new/over the limit, announced", says: "the answers have the statuses [200], not [413]", spoil: madeWith(func(all []webhook.Option) []webhook.Option {
		return append(all[:len(all):len(all)], webhook.WithMaxBodyBytes(1<<20))
	})},
	{name: "New changes the secret", by: "new/genuine, and the observer is called", says: refuses, spoil: func(a *smallAdapter) {
		made := a.new
		a.new = func(secret string, options ...webhook.Option) (*webhook.Verifier, error) {
			return made(secret+"x", options...)
		}
	}},
}

var noTime time.Time

type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header         { return w.header }
func (w nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w nowhere) WriteHeader(int)             {}

func cutAfter(n int64, chunked bool) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		verify := a.verify
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			if chunked == (c.request.ContentLength < 0) {
				c.request.Body = io.NopCloser(io.LimitReader(c.request.Body, n))
			}
			return verify(c, v)
		}
	}
}

func inflate(c *call) {
	if r, err := gzip.NewReader(c.request.Body); err == nil {
		c.request.Body, c.request.ContentLength = io.NopCloser(r), -1
		c.request.Header.Del("Content-Length")
	}
}

func throughReader(announced func(c *call) int64, lines func([]string) []string) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		a.verify = func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			n := c.request.ContentLength
			if announced != nil {
				n = announced(c)
			}
			d, err := v.VerifyReader(c.request.Context(), c.request.Body, n, func(name string) []string {
				all := slices.Clone(c.request.Header.Values(name))
				if lines != nil {
					all = lines(all)
				}
				return all
			})
			if err != nil {
				c.writer.Header().Set("Connection", "close")
				return d, err
			}
			c.request.Body = io.NopCloser(bytes.NewReader(d.Body))
			return d, nil
		}
	}
}

func rejectedAs(do func(c *call, err error)) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		reject := a.reject
		a.reject = func(c *call, err error) { reject(c, err); do(c, err) }
	}
}

func rejectedWith(kind error, status int) func(a *smallAdapter) {
	return rejectedAs(func(c *call, err error) {
		if errors.Is(err, kind) {
			c.status = status
		}
	})
}

func answersIf(answers func(c *call, failed error) bool) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		a.answeredBy = func(c *call, err error) bool {
			c.steps = nil
			failed := a.ErrorHandler(c, err)
			return c.sent || answers(c, failed)
		}
	}
}

func notCalledFor(kind error) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		answered := a.answeredBy
		a.answeredBy = func(c *call, err error) bool { return !errors.Is(err, kind) && answered(c, err) }
	}
}

func givenTo(change func(err error) error) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		answered := a.answeredBy
		a.answeredBy = func(c *call, err error) bool { return answered(c, change(err)) }
	}
}

func logged(do func(c *call, d webhook.Delivery)) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		keep := a.keep
		a.keep = func(c *call, d webhook.Delivery) { keep(c, d); do(c, d) }
	}
}

func madeWith(change func([]webhook.Option) []webhook.Option) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		made := a.new
		a.new = func(secret string, options ...webhook.Option) (*webhook.Verifier, error) {
			return made(secret, change(options)...)
		}
	}
}
