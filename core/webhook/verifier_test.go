package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestVerify(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret))
	eachOf(t, allBodies(t), func(t *testing.T, body string) {
		for _, secret := range []string{currentSecret, previousSecret} {
			checkError(t, v.Verify([]byte(body), webhook.Sign(secret, []byte(body))), nil)
		}
		checkError(t, v.Verify([]byte(body), webhook.Sign(foreignSecret, []byte(body))), webhook.ErrSignatureMismatch)
		checkError(t, v.Verify([]byte(body+"\n"), webhook.Sign(currentSecret, []byte(body))), webhook.ErrSignatureMismatch)
	})
	t.Run("takes a nil body as an empty one", func(t *testing.T) {
		checkError(t, v.Verify(nil, webhook.Sign(currentSecret, []byte{})), nil)
	})
	t.Run("applies no body limit", func(t *testing.T) {
		small := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(1))
		checkError(t, small.Verify([]byte(eventBody), webhook.Sign(currentSecret, []byte(eventBody))), nil)
	})
	t.Run("leaves the body as it is", func(t *testing.T) {
		body := []byte(eventBody)
		checkError(t, v.Verify(body, webhook.Sign(currentSecret, body)), nil)
		if string(body) != eventBody {
			t.Error("the body was written to")
		}
	})
	t.Run("judges each call by itself", func(t *testing.T) {
		for range 3 {
			checkError(t, v.Verify([]byte("a"), webhook.Sign(currentSecret, []byte("a"))), nil)
			checkError(t, v.Verify([]byte("b"), webhook.Sign(currentSecret, []byte("a"))), webhook.ErrSignatureMismatch)
			checkError(t, v.Verify(nil, "sha256="), webhook.ErrMalformedSignature)
		}
	})
}

func TestVerifyReader(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret))
	eachOf(t, allBodies(t), func(t *testing.T, body string) {
		for size, name := range map[int64]string{int64(len(body)): "announced", -1: "unknown", math.MinInt64: "any negative"} {
			for index, secret := range []string{currentSecret, previousSecret} {
				d, err := v.VerifyReader(contextOf(t), strings.NewReader(body), size, signed(webhook.Sign(secret, []byte(body))))
				checkVerdict(t, d, err, nil, body)
				if d.SecretIndex != index {
					t.Errorf("%s: secret index %d, want %d", name, d.SecretIndex, index)
				}
			}
			d, err := v.VerifyReader(contextOf(t), strings.NewReader(body), size, signed(webhook.Sign(foreignSecret, []byte(body))))
			checkVerdict(t, d, err, webhook.ErrSignatureMismatch, "")
		}
	})
	t.Run("asks for the signature header by its name", func(t *testing.T) {
		var asked []string
		_, err := v.VerifyReader(contextOf(t), nil, 0, func(name string) []string {
			asked = append(asked, name)
			return nil
		})
		checkError(t, err, webhook.ErrMissingSignature)
		if len(asked) != 1 || asked[0] != webhook.SignatureHeader {
			t.Errorf("asked for %q", asked)
		}
	})
	t.Run("reads on although its context ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(contextOf(t))
		cancel()
		d, err := v.VerifyReader(ctx, strings.NewReader(eventBody), -1, signed(webhook.Sign(currentSecret, []byte(eventBody))))
		checkVerdict(t, d, err, nil, eventBody)
	})
}

// Each row breaks one rule and every later one. The error must be that of the first broken
// rule.
func TestOrderOfTheRules(t *testing.T) {
	const limit = 16
	usable := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(limit))
	wrong := webhook.Sign(foreignSecret, nil)
	type row struct {
		verifier *webhook.Verifier
		header   func(string) []string
		size     int64
		body     func(t *testing.T) io.Reader
		want     error
	}
	eachOf(t, map[string]row{
		"a nil Verifier comes first":      {nil, signed(), limit + 1, unread, webhook.ErrNoVerifier},
		"a zero Verifier comes first":     {new(webhook.Verifier), signed(), limit + 1, unread, webhook.ErrInvalidSecret},
		"a missing header comes next":     {usable, signed(), limit + 1, unread, webhook.ErrMissingSignature},
		"an empty header comes next":      {usable, signed(""), limit + 1, unread, webhook.ErrMissingSignature},
		"a malformed header comes next":   {usable, signed("sha256=0"), limit + 1, unread, webhook.ErrMalformedSignature},
		"a repeated header comes next":    {usable, signed(wrong, wrong), limit + 1, unread, webhook.ErrMalformedSignature},
		"then the announced length":       {usable, signed(wrong), limit + 1, unread, webhook.ErrBodyTooLarge},
		"then the announced length, huge": {usable, signed(wrong), math.MaxInt64, unread, webhook.ErrBodyTooLarge},
		"then the body's arrival":         {usable, signed(wrong), limit, failing, webhook.ErrBodyRead},
		"then the body's length":          {usable, signed(wrong), limit, empty, webhook.ErrBodyAltered},
		"then the MAC":                    {usable, signed(wrong), 0, empty, webhook.ErrSignatureMismatch},
	}, func(t *testing.T, c row) {
		d, err := c.verifier.VerifyReader(contextOf(t), c.body(t), c.size, c.header)
		checkVerdict(t, d, err, c.want, "")

		r := httptest.NewRequestWithContext(contextOf(t), http.MethodPost, "/", nil)
		r.Body, r.ContentLength = io.NopCloser(c.body(t)), c.size
		r.Header[webhook.SignatureHeader] = c.header(webhook.SignatureHeader)
		before := r.Body
		if c.size == 0 {
			r.Body = http.NoBody
		}
		d, err = c.verifier.VerifyRequest(nil, r)
		checkVerdict(t, d, err, c.want, "")
		if !errors.Is(c.want, webhook.ErrSignatureMismatch) && r.Body != before {
			t.Error("the body was replaced although its MAC was not compared")
		}
	})
}

func unread(t *testing.T) io.Reader { return untouchable{t} }

func failing(*testing.T) io.Reader { return &script{{err: errors.New("foreign")}} }

func empty(t *testing.T) io.Reader { return &wire{t: t} }

func TestVerifierThatAcceptsNothing(t *testing.T) {
	type row struct {
		verifier *webhook.Verifier
		want     error
		status   int
	}
	eachOf(t, map[string]row{
		"a nil one has no verifier":       {nil, webhook.ErrNoVerifier, http.StatusUnauthorized},
		"a zero one has no secret":        {new(webhook.Verifier), webhook.ErrInvalidSecret, http.StatusInternalServerError},
		"a zero one of a var has neither": {&webhook.Verifier{}, webhook.ErrInvalidSecret, http.StatusInternalServerError},
	}, func(t *testing.T, c row) {
		for _, signature := range []string{
			"", "malformed",
			webhook.Sign("", nil), webhook.Sign(currentSecret, nil),
			webhook.Sign("", []byte(eventBody)),
		} {
			for _, body := range []string{"", eventBody} {
				err := c.verifier.Verify([]byte(body), signature)
				checkError(t, err, c.want)
				if got := webhook.StatusCode(err); got != c.status {
					t.Errorf("status %d, want %d", got, c.status)
				}
				d, err := c.verifier.VerifyReader(contextOf(t), untouchable{t}, int64(len(body)), signed(signature))
				checkVerdict(t, d, err, c.want, "")
			}
		}
		t.Run("nor an allocation of the body's size", func(t *testing.T) {
			_, err := c.verifier.VerifyReader(contextOf(t), untouchable{t}, math.MaxInt64, signed())
			checkError(t, err, c.want)
		})
	})
}

func TestOptions(t *testing.T) {
	accept := func(t *testing.T, v *webhook.Verifier, body string, want error) {
		t.Helper()
		for _, size := range []int64{-1, int64(len(body))} {
			d, err := v.VerifyReader(contextOf(t), strings.NewReader(body), size, signed(webhook.Sign(currentSecret, []byte(body))))
			checkVerdict(t, d, err, want, body)
		}
	}
	t.Run("the limit is 1 MiB by default", func(t *testing.T) {
		if webhook.DefaultMaxBodyBytes != 1<<20 {
			t.Error(webhook.DefaultMaxBodyBytes)
		}
		v := webhook.MustNew(currentSecret)
		accept(t, v, strings.Repeat("x", 1<<20), nil)
		accept(t, v, strings.Repeat("x", 1<<20+1), webhook.ErrBodyTooLarge)
	})
	t.Run("the last limit counts", func(t *testing.T) {
		v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(100), webhook.WithMaxBodyBytes(3))
		accept(t, v, "123", nil)
		accept(t, v, "1234", webhook.ErrBodyTooLarge)
		v = webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(3), webhook.WithMaxBodyBytes(100))
		accept(t, v, "1234", nil)
	})
	for name, option := range map[string]webhook.Option{
		"a nil option":            nil,
		"a limit of nothing":      webhook.WithMaxBodyBytes(0),
		"a negative limit":        webhook.WithMaxBodyBytes(-1),
		"the most negative limit": webhook.WithMaxBodyBytes(math.MinInt64),
		"a nil observer":          webhook.WithObserver(nil),
	} {
		t.Run(name+" is a plain error", func(t *testing.T) {
			// A valid option after it must not hide the error.
			v, err := webhook.New(currentSecret, option, webhook.WithMaxBodyBytes(10), webhook.WithObserver(func(context.Context, webhook.Delivery, error) {}))
			if v != nil || err == nil {
				t.Fatalf("got %v, %v", v, err)
			}
			for name, sentinel := range sentinels {
				if errors.Is(err, sentinel) {
					t.Errorf("%v is %s", err, name)
				}
			}
		})
		t.Run(name+" is joined with a bad secret", func(t *testing.T) {
			_, alone := webhook.New(currentSecret, option)
			_, err := webhook.New(" ", option)
			checkError(t, err, webhook.ErrInvalidSecret)
			if alone == nil || !strings.Contains(err.Error(), alone.Error()) {
				t.Errorf("%q lacks %v", err, alone)
			}
		})
	}
}

func TestMustNew(t *testing.T) {
	t.Run("returns what New returns", func(t *testing.T) {
		v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret))
		checkError(t, v.Verify(nil, webhook.Sign(previousSecret, nil)), nil)
	})
	for name, build := range map[string]func(){
		"panics on a bad secret": func() { webhook.MustNew(" " + currentSecret) },
		"panics on no secret":    func() { webhook.MustNew("") },
		"panics on a nil option": func() { webhook.MustNew(currentSecret, nil) },
		"panics on a bad limit":  func() { webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(0)) },
	} {
		t.Run(name, func(t *testing.T) {
			value := panicValue(build)
			if value == nil {
				t.Fatal("no panic")
			}
			if text := fmt.Sprint(value); strings.Contains(text, currentSecret) {
				t.Errorf("%q shows the secret", text)
			}
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret))
	secrets := []string{currentSecret, previousSecret, foreignSecret}
	wants := []error{nil, nil, webhook.ErrSignatureMismatch}
	var all sync.WaitGroup
	for i := range 400 {
		all.Add(1)
		go func() {
			defer all.Done()
			kind := i % len(secrets)
			body := strings.Repeat(fmt.Sprintf(`{"event":"e%d"}`, i), 1+i%97)
			signature := webhook.Sign(secrets[kind], []byte(body))
			for range 5 {
				checkError(t, v.Verify([]byte(body), signature), wants[kind])
				d, err := v.VerifyReader(contextOf(t), strings.NewReader(body), int64(len(body)), signed(signature))
				checkVerdict(t, d, err, wants[kind], body)
				if err == nil && d.SecretIndex != kind {
					t.Errorf("secret index %d, want %d", d.SecretIndex, kind)
				}
				checkError(t, v.Verify([]byte(body+"x"), signature), webhook.ErrSignatureMismatch)
			}
		}()
	}
	all.Wait()
}

func FuzzVerify(f *testing.F) {
	f.Add(currentSecret, []byte(eventBody), "sha256=")
	f.Add("k", []byte{}, signatureOf(string(straightHMAC("k", ""))))
	f.Add(strings.Repeat("k", 64), []byte("x"), signatureOf(string(straightHMAC("k", ""))))
	f.Add(strings.Repeat("k", 65), []byte(everyByte()), strings.ToUpper(webhook.Sign("k", nil)))
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", []byte(`{"test": 2432232314}`), "sha256=5ee0e8e3d564cf9cbeea807e97cecc6cccf0b0e20aa28073cc267a2881a839fc")
	f.Fuzz(func(t *testing.T, secret string, body []byte, signature string) {
		genuine := signatureOf(string(straightHMAC(secret, string(body))))
		if webhook.Sign(secret, body) != genuine {
			t.Fatal("Sign does not return the HMAC-SHA256")
		}
		v, err := webhook.New(secret, webhook.WithUncheckedSecrets())
		if secret == "" {
			checkError(t, err, webhook.ErrInvalidSecret)
			return
		}
		checkError(t, err, nil)
		checkError(t, v.Verify(body, genuine), nil)
		if accepted := v.Verify(body, signature) == nil; accepted != (signature == genuine) {
			t.Errorf("accepted %q: %t", signature, accepted)
		}
		changed := append([]byte{0}, body...)
		checkError(t, v.Verify(changed, genuine), webhook.ErrSignatureMismatch)
	})
}
