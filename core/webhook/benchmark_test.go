package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// `benchstat -col /impl` compares the implementations, `benchstat old new` two versions.

// documentedSnippet is what Sendsar documents for Go ("Webhooks").
func documentedSnippet(secret string, body []byte, signature string) error {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(expected), []byte(signature)) {
		return errors.New("refused")
	}
	return nil
}

// bareSHA256 compares the hash, so that the compiler does not remove it.
func bareSHA256(body []byte) error {
	if sha256.Sum256(body) == [sha256.Size]byte{} {
		return errors.New("refused")
	}
	return nil
}

func BenchmarkVerify(b *testing.B) {
	v := webhook.MustNew(currentSecret)
	eachSize(b, func(b *testing.B, body []byte) {
		signature := webhook.Sign(currentSecret, body)
		eachImplementation(b, len(body), []implementation{
			{"webhooks-go", func() error { return v.Verify(body, signature) }},
			{"snippet", func() error { return documentedSnippet(currentSecret, body, signature) }},
			{"SHA-256", func() error { return bareSHA256(body) }},
		})
	})
}

// `go test -bench VerifyParallel -cpu 1,2` shows what each implementation gains from a
// second processor.
func BenchmarkVerifyParallel(b *testing.B) {
	v := webhook.MustNew(currentSecret)
	body := bytes.Repeat([]byte("x"), 300)
	signature := webhook.Sign(currentSecret, body)
	for _, implementation := range []implementation{
		{"webhooks-go", func() error { return v.Verify(body, signature) }},
		{"snippet", func() error { return documentedSnippet(currentSecret, body, signature) }},
		{"SHA-256", func() error { return bareSHA256(body) }},
	} {
		b.Run("size=300/impl="+implementation.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := implementation.receive(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func BenchmarkVerifyRequest(b *testing.B) {
	v := webhook.MustNew(currentSecret)
	eachSize(b, func(b *testing.B, body []byte) {
		request := newRequest(b, nil, int64(len(body)), webhook.Sign(currentSecret, body))
		source := new(bytes.Reader)
		fromServer := io.NopCloser(struct{ io.Reader }{source}) // it has Read and Close only
		arrive := func() *http.Request {
			source.Reset(body)
			request.Body = fromServer
			return request
		}
		eachImplementation(b, len(body), []implementation{
			{"webhooks-go", func() error { _, err := v.VerifyRequest(nil, arrive()); return err }},
			{"snippet", func() error {
				r := arrive()
				read, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, webhook.DefaultMaxBodyBytes))
				if err != nil {
					return err
				}
				r.Body = io.NopCloser(bytes.NewReader(read))
				return documentedSnippet(currentSecret, read, r.Header.Get(webhook.SignatureHeader))
			}},
		})
	})
}

// The cost of a forged delivery grows with the number of secrets. A genuine one under the
// current secret always costs the same.
func BenchmarkSecrets(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 4<<10)
	previous := []string{previousSecret, thirdSecret, fourthSecret}
	for n := range len(previous) + 1 {
		v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previous[:n]...))
		for kind, secret := range map[string]string{"genuine": currentSecret, "forged": foreignSecret} {
			signature := webhook.Sign(secret, body)
			b.Run(fmt.Sprintf("delivery=%s/secrets=%d", kind, n+1), func(b *testing.B) {
				for range b.N {
					_ = v.Verify(body, signature)
				}
			})
		}
	}
}

// No byte of the waiting megabyte is read.
func BenchmarkRefusedHeader(b *testing.B) {
	v := webhook.MustNew(currentSecret)
	for kind, signature := range map[string]string{"missing": "", "malformed": "sha256=" + strings.Repeat("0", 63)} {
		b.Run("signature="+kind, func(b *testing.B) {
			r := newRequest(b, io.NopCloser(untouchable{b}), 1<<20, signature)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				_, _ = v.VerifyRequest(nil, r)
			}
		})
	}
}

func eachSize(b *testing.B, run func(b *testing.B, body []byte)) {
	for _, size := range []int{300, 4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) { run(b, bytes.Repeat([]byte("x"), size)) })
	}
}

type implementation struct {
	name    string
	receive func() error
}

func eachImplementation(b *testing.B, size int, all []implementation) {
	for _, implementation := range all {
		b.Run("impl="+implementation.name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				if err := implementation.receive(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
