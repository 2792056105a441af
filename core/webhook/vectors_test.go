package webhook_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// macVector is one HMAC-SHA256 of RFC 4231 or Wycheproof; keys are any bytes, so most
// of them are no secret that New takes, but every one is a key for Sign.
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

// checkVector runs a vector through Sign and, where New takes the key, through Verify.
// It tells whether New did.
func checkVector(t *testing.T, c macVector) bool {
	t.Helper()
	signature := webhook.Sign(c.key, []byte(c.msg))
	full := len(c.tag) == 32
	if got := strings.HasPrefix(signature, signatureOf(c.tag)); got != c.valid {
		t.Errorf("Sign makes the tag: %t, want %t", got, c.valid)
	}
	v, err := webhook.New(c.key)
	if err != nil {
		checkError(t, err, webhook.ErrInvalidSecret)
		return false
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
	return true
}

// checkVectors runs all of them, and fails if too few keys were taken to have tested
// Verify at all.
func checkVectors(t *testing.T, vectors []macVector, verified int) {
	t.Helper()
	taken := 0
	for _, c := range vectors {
		t.Run(c.name, func(t *testing.T) {
			if checkVector(t, c) {
				taken++
			}
		})
	}
	if taken != verified {
		t.Errorf("%d vectors went through Verify, want %d", taken, verified)
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
	// The keys of cases 1, 4 and 5 are control characters.
	checkVectors(t, vectors, 4)
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
	checkVectors(t, vectors, 3)
}

// Most keys of the vectors are no secret that New takes, so Verify sees few of their
// modified tags. Here the same modifications meet a secret that it takes.
func TestModifiedTagsOfAnAcceptedSecret(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	mac := straightHMAC(currentSecret, eventBody)
	eachOf(t, map[string]func(tag []byte){
		"first byte inverted":     func(tag []byte) { tag[0] ^= 0xff },
		"last byte inverted":      func(tag []byte) { tag[31] ^= 0xff },
		"all zero":                func(tag []byte) { clear(tag) },
		"all one":                 func(tag []byte) { copy(tag, strings.Repeat("\xff", 32)) },
		"second half zero":        func(tag []byte) { clear(tag[16:]) },
		"halves swapped":          func(tag []byte) { copy(tag, string(tag[16:])+string(tag[:16])) },
		"words swapped":           func(tag []byte) { copy(tag, string(tag[4:8])+string(tag[:4])) },
		"most significant bits":   func(tag []byte) { invert(tag, 0x80) },
		"least significant bits":  func(tag []byte) { invert(tag, 0x01) },
		"two bytes, same bit":     func(tag []byte) { tag[0] ^= 1; tag[31] ^= 1 },
		"two bytes that cancel":   func(tag []byte) { tag[3]++; tag[4]-- },
		"every byte but the last": func(tag []byte) { invert(tag[:31], 0xff) },
	}, func(t *testing.T, modify func([]byte)) {
		tag := slices.Clone(mac)
		modify(tag)
		checkError(t, v.Verify([]byte(eventBody), signatureOf(string(tag))), webhook.ErrSignatureMismatch)
	})
}

func invert(tag []byte, mask byte) {
	for i := range tag {
		tag[i] ^= mask
	}
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
			v, err := webhook.New(c.Secret)
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
