package webhooktest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// headerCases have a signature header that is missing or wrong, mostly with the right MAC.
func headerCases() []testCase {
	const group = "header"
	var all []testCase
	lines := func(name string, lines func(sig string) []string) {
		all = append(all, oneMessage(group, name, func(to target) message {
			return to.delivery(sample).with(lines(webhook.Sign(to.secret, sample))...)
		}, unauthorized()))
	}
	value := func(name string, value func(sig string) string) {
		lines(name, func(sig string) []string { return []string{"X-Webhook-Signature: " + value(sig)} })
	}
	hexPart := func(sig string) string { return strings.TrimPrefix(sig, "sha256=") }
	decoded := func(sig string) []byte {
		mac, err := hex.DecodeString(hexPart(sig))
		if err != nil {
			panic(err) // Sign returns hex
		}
		return mac
	}

	lines("none", func(string) []string { return nil })
	value("empty", func(string) string { return "" })
	value("only white space", func(string) string { return " \t " })
	value("upper-case hex", func(sig string) string { return "sha256=" + strings.ToUpper(hexPart(sig)) })
	value("upper-case prefix", func(sig string) string { return "SHA256=" + hexPart(sig) })
	value("capitalised prefix", func(sig string) string { return "Sha256=" + hexPart(sig) })
	value("bare hex", hexPart)
	value("prefix alone", func(string) string { return "sha256=" })
	value("sha1 prefix", func(sig string) string { return "sha1=" + hexPart(sig) })
	value("sha512 prefix", func(sig string) string { return "sha512=" + hexPart(sig) })
	value("v1 prefix", func(sig string) string { return "v1=" + hexPart(sig) })
	value("another separator", func(sig string) string { return "sha256:" + hexPart(sig) })
	value("a space inside", func(sig string) string { return "sha256= " + hexPart(sig) })
	value("a tab inside", func(sig string) string { return "sha256=\t" + hexPart(sig) })
	value("one digit less", func(sig string) string { return sig[:len(sig)-1] })
	value("one digit more", func(sig string) string { return sig + "0" })
	value("half of it", func(sig string) string { return sig[:len("sha256=")+32] })
	value("one digit", func(sig string) string { return sig[:len("sha256=")+1] })
	value("twice in a row", func(sig string) string { return sig + sig })
	value("not hex at the end", func(sig string) string { return sig[:len(sig)-1] + "g" })
	value("not hex at all", func(string) string { return "sha256=" + strings.Repeat("z", 64) })
	value("all zeros", func(string) string { return "sha256=" + strings.Repeat("0", 64) })
	value("a percent sign in it", func(sig string) string { return fmt.Sprintf("%s%%%X", sig[:len(sig)-1], sig[len(sig)-1:]) })
	value("0x before the hex", func(sig string) string { return "sha256=0x" + hexPart(sig) })
	value("base64", func(sig string) string { return "sha256=" + base64.StdEncoding.EncodeToString(decoded(sig)) })
	value("a list with a comma", func(sig string) string { return sig + "," + sig })
	value("a list with a comma and a space", func(sig string) string { return "sha256=" + strings.Repeat("0", 64) + ", " + sig })
	value("a list with a space", func(sig string) string { return sig + " " + sig })
	value("a semicolon after it", func(sig string) string { return sig + ";" })
	value("a parameter after it", func(sig string) string { return sig + "; v=1" })
	value("a comma before it", func(sig string) string { return "," + sig })
	value("in quotes", func(sig string) string { return `"` + sig + `"` })
	value("a no-break space after it", func(sig string) string { return sig + "\u00a0" })
	value("an ideographic space before it", func(sig string) string { return "\u3000" + sig })
	value("a full-width digit", func(sig string) string {
		return sig[:len(sig)-1] + string(rune(sig[len(sig)-1])-'!'+'！') // all of ! to ~ have a full-width form
	})
	value("2,000 digits", func(sig string) string { return sig + strings.Repeat("0", 2000) })
	value("the timestamped form", func(sig string) string { return "t=1700000000,v1=" + hexPart(sig) })
	lines("the same line twice", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "X-Webhook-Signature: " + sig}
	})
	forged := "sha256=" + strings.Repeat("0", 64)
	lines("genuine, then forged", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "X-Webhook-Signature: " + forged}
	})
	lines("forged, then genuine", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + forged, "X-Webhook-Signature: " + sig}
	})
	lines("empty, then genuine", func(sig string) []string {
		return []string{"X-Webhook-Signature: ", "X-Webhook-Signature: " + sig}
	})
	lines("genuine, then empty", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "X-Webhook-Signature:"}
	})
	lines("twice in different case", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "x-webhook-signature: " + forged}
	})
	for _, name := range []string{"X-Hub-Signature-256", "X-Signature", "X_Webhook_Signature", "X-Webhook-Signature-256", "Webhook-Signature", "Authorization"} {
		lines("in the "+name+" header", func(sig string) []string { return []string{name + ": " + sig} })
	}
	all = append(all,
		oneMessage(group, "in the query", func(to target) message {
			m := to.delivery(sample)
			m.target += "?X-Webhook-Signature=" + webhook.Sign(to.secret, sample)
			return m
		}, unauthorized()),
		oneMessage(group, "only in a trailer", func(to target) message {
			return to.delivery(sample).chunked(16, "X-Webhook-Signature: "+webhook.Sign(to.secret, sample))
		}, unauthorized()),
		oneMessage(group, "only in a declared trailer", func(to target) message {
			return to.delivery(sample).with("Trailer: X-Webhook-Signature").chunked(16, "X-Webhook-Signature: "+webhook.Sign(to.secret, sample))
		}, unauthorized()),
		oneMessage(group, "forged, with the genuine one in a trailer", func(to target) message {
			return to.delivery(sample).signed(forged).chunked(16, "X-Webhook-Signature: "+webhook.Sign(to.secret, sample))
		}, unauthorized()),
		oneMessage(group, "a NUL in it", func(to target) message {
			return to.delivery(sample).signed(webhook.Sign(to.secret, sample) + "\x00")
		}, turnedAway()),
		oneMessage(group, "a form feed after it", func(to target) message {
			return to.delivery(sample).signed(webhook.Sign(to.secret, sample) + "\f")
		}, turnedAway()),
		// A Unicode comparison that ignores case takes U+212A for k, and U+017F for s.
		oneMessage(group, "a Kelvin sign in its name", func(to target) message {
			return to.delivery(sample).with("X-Webhoo\u212a-Signature: " + webhook.Sign(to.secret, sample))
		}, turnedAway()),
		oneMessage(group, "a long s in its name", func(to target) message {
			return to.delivery(sample).with("X-Webhook-\u017fignature: " + webhook.Sign(to.secret, sample))
		}, turnedAway()),
		oneMessage(group, "folded over two lines", func(to target) message {
			return to.delivery(sample).with("X-Webhook-Signature: sha256=", " "+hexPart(webhook.Sign(to.secret, sample)))
		}, turnedAway()),
		oneMessage(group, "genuine, then folded with a space", func(to target) message {
			return to.genuine(sample).with(" x")
		}, turnedAway()),
		oneMessage(group, "genuine, then folded with a tab", func(to target) message {
			return to.genuine(sample).with("\tx")
		}, turnedAway()),
		oneMessage(group, "genuine, then the start of another one folded", func(to target) message {
			return to.genuine(sample).with(" sha256=")
		}, turnedAway()),
		oneMessage(group, "a space before the colon", func(to target) message {
			return to.delivery(sample).with("X-Webhook-Signature : " + webhook.Sign(to.secret, sample))
		}, turnedAway()),
	)
	return all
}
