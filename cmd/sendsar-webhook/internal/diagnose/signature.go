package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// maxParts bounds how many parts of a list are tried.
const maxParts = 16

// reading is a MAC that the signature may be meant to be.
type reading struct {
	mac      []byte // as long as one of the algorithms' are
	mistakes []Mistake
}

// readings are the MACs that can be read out of a signature, however it is written; those
// with fewer mistakes come first.
func readings(signature string) []reading {
	value, before := unwrap(signature)
	parts := listParts(value)
	if len(parts) > 1 {
		before = append(before, signatureList)
	}
	var all []reading
	for _, part := range parts[:min(len(parts), maxParts)] {
		for _, r := range readPart(part) {
			all = append(all, reading{mac: r.mac, mistakes: join(before, r.mistakes)})
		}
	}
	slices.SortStableFunc(all, func(a, b reading) int { return len(a.mistakes) - len(b.mistakes) })
	return all
}

// unwrap removes what stands around the value.
func unwrap(signature string) (value string, mistakes []Mistake) {
	value = strings.Trim(signature, " \t") // no part of a field value, as in core
	if len(value) > len(webhook.SignatureHeader) && value[len(webhook.SignatureHeader)] == ':' &&
		strings.EqualFold(value[:len(webhook.SignatureHeader)], webhook.SignatureHeader) {
		value = strings.Trim(value[len(webhook.SignatureHeader)+1:], " \t")
		mistakes = append(mistakes, headerLine)
	}
	if bare := unquote(strings.TrimFunc(value, invisible)); bare != value {
		value = bare
		mistakes = append(mistakes, signatureQuotes)
	}
	return value, mistakes
}

// listParts takes a list apart, at whatever separates its parts.
func listParts(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(",; ", r) })
}

// timestamps are the list's "t=" parts, which Stripe signs too.
func timestamps(signature string) []string {
	value, _ := unwrap(signature)
	var all []string
	for _, part := range listParts(value) {
		if t, ok := strings.CutPrefix(part, "t="); ok && len(all) < maxParts {
			all = append(all, t)
		}
	}
	return all
}

// readPart reads one MAC, with or without a label before it. Base64 has "=" in it, so
// the part is read whole as well.
func readPart(part string) []reading {
	all := readDigits("", part)
	if i := strings.IndexAny(part, "=:"); i >= 0 {
		all = append(all, readDigits(part[:i+1], part[i+1:])...)
	}
	return all
}

func readDigits(label, digits string) []reading {
	const ownLabel = "sha256="
	if mac, err := hex.DecodeString(digits); err == nil && isMAC(mac) {
		var mistakes []Mistake
		switch {
		case len(mac) != sha256.Size:
			mistakes = []Mistake{otherHash}
		case !strings.EqualFold(label, ownLabel):
			mistakes = []Mistake{noPrefix}
		case label != ownLabel, digits != strings.ToLower(digits):
			mistakes = []Mistake{upperCase}
		}
		return []reading{{mac, mistakes}}
	}
	var all []reading
	for _, mac := range decodeBase64(digits) {
		if !isMAC(mac) {
			continue
		}
		mistakes := []Mistake{base64Signature}
		if len(mac) != sha256.Size {
			mistakes = append(mistakes, otherHash)
		}
		all = append(all, reading{mac, mistakes})
	}
	return all
}
