package webhook_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// macVector is one HMAC-SHA256 vector of RFC 4231 or Wycheproof. Keys can be any bytes.
type macVector struct {
	name          string
	key, msg, tag string // decoded
	valid         bool
}

func unhex(t testing.TB, s string) string {
	t.Helper()
	decoded, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(decoded)
}

func signatureOf(tag string) string { return "sha256=" + hex.EncodeToString([]byte(tag)) }

// checkVectors runs vectors through Sign and Verify.
func checkVectors(t *testing.T, vectors []macVector) {
	t.Helper()
	for _, c := range vectors {
		t.Run(c.name, func(t *testing.T) { checkVector(t, c) })
	}
}

func checkVector(t *testing.T, c macVector) {
	t.Helper()
	signature := webhook.Sign(c.key, []byte(c.msg))
	full := len(c.tag) == 32
	if got := strings.HasPrefix(signature, signatureOf(c.tag)); got != c.valid {
		t.Errorf("Sign makes the tag: %t, want %t", got, c.valid)
	}
	v, err := webhook.New(c.key, webhook.WithUncheckedSecrets())
	if c.key == "" {
		checkError(t, err, webhook.ErrInvalidSecret)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case !full:
		checkError(t, v.Verify([]byte(c.msg), signatureOf(c.tag)), webhook.ErrMalformedSignature)
		padding := 32 - len(c.tag)
		for _, padded := range []string{
			c.tag + strings.Repeat("\x00", padding),
			strings.Repeat("\x00", padding) + c.tag,
			(c.tag + c.tag)[:32],
		} {
			checkError(t, v.Verify([]byte(c.msg), signatureOf(padded)), webhook.ErrSignatureMismatch)
		}
	case c.valid:
		checkError(t, v.Verify([]byte(c.msg), signatureOf(c.tag)), nil)
	default:
		checkError(t, v.Verify([]byte(c.msg), signatureOf(c.tag)), webhook.ErrSignatureMismatch)
	}
}

func TestRFC4231(t *testing.T) {
	var stored []struct{ TC, Key, Msg, Tag string }
	loadJSON(t, "testdata/vectors/rfc4231.json", &stored)
	vectors := make([]macVector, 0, len(stored))
	for _, s := range stored {
		vectors = append(vectors, macVector{"case " + s.TC, unhex(t, s.Key), unhex(t, s.Msg), unhex(t, s.Tag), true})
	}
	if len(vectors) != 7 {
		t.Fatalf("%d vectors", len(vectors))
	}
	checkVectors(t, vectors)
}

func TestWycheproof(t *testing.T) {
	var stored struct {
		NumberOfTests int
		TestGroups    []struct {
			TagSize int
			Tests   []struct {
				TCID                           int `json:"tcId"`
				Comment, Key, Msg, Tag, Result string
				Flags                          []string
			}
		}
	}
	loadJSON(t, "testdata/vectors/wycheproof_hmac_sha256.json", &stored)
	var vectors []macVector
	modified := 0
	for _, group := range stored.TestGroups {
		for _, s := range group.Tests {
			if slices.Contains(s.Flags, "ModifiedTag") {
				modified++
				if s.Result != "invalid" {
					t.Errorf("test %d: a modified tag that is valid", s.TCID)
				}
			}
			vectors = append(vectors, macVector{
				fmt.Sprintf("test %d of %d bits: %s", s.TCID, group.TagSize, s.Comment),
				unhex(t, s.Key), unhex(t, s.Msg), unhex(t, s.Tag), s.Result == "valid",
			})
		}
	}
	if len(vectors) != 174 || stored.NumberOfTests != 174 || modified != 108 {
		t.Fatalf("%d vectors, %d with a modified tag", len(vectors), modified)
	}
	checkVectors(t, vectors)
}

func TestPublishedVectors(t *testing.T) {
	var vectors []struct{ ID, Secret, Body, Signature, Verdict, Source string }
	loadJSON(t, "testdata/vectors/published.json", &vectors)
	verdicts := map[string]int{}
	for _, c := range vectors {
		verdicts[c.Verdict]++
		t.Run(c.ID, func(t *testing.T) {
			accepted := c.Verdict == "accept"
			if got := webhook.Sign(c.Secret, []byte(c.Body)) == c.Signature; got != accepted {
				t.Errorf("Sign makes the signature (%s): %t, want %t", c.Source, got, accepted)
			}
			var want error
			if !accepted {
				want = webhook.ErrSignatureMismatch
			}
			v, err := webhook.New(c.Secret, webhook.WithUncheckedSecrets())
			if err != nil {
				t.Fatal(err)
			}
			checkError(t, v.Verify([]byte(c.Body), c.Signature), want)
			d, err := v.VerifyReader(contextOf(t), strings.NewReader(c.Body), int64(len(c.Body)), signed(c.Signature))
			checkVerdict(t, d, err, want, c.Body)
		})
	}
	if verdicts["accept"] != 10 || verdicts["reject"] != 3 {
		t.Errorf("%v vectors", verdicts)
	}
}
