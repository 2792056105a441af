package diagnose

// Mistake is one thing that went wrong.
type Mistake struct {
	ID   string // stable, for scripts
	Name string // what was tried, for a list
	Text string // what was found, as a clause
	Mend string // what to do, as a clause
}

// What went wrong with the signature's form.
var (
	headerLine = Mistake{
		"header_line", "the header's name before the value",
		"the signature was given with the header's name in front",
		"give -signature the value alone, what follows the colon",
	}
	signatureQuotes = Mistake{
		"signature_quotes", "quotes or white space around the signature",
		"the signature has quotes or white space around it",
		"send and give the value without them",
	}
	signatureList = Mistake{
		"signature_list", "several signatures in one value",
		"the value is a list, and one of its parts is the signature",
		"send one signature, sha256= and its digits alone",
	}
	upperCase = Mistake{
		"signature_upper_case", "upper-case signature",
		"the signature is written in upper case",
		"write sha256= and the hex digits in lower case",
	}
	noPrefix = Mistake{
		"signature_without_prefix", "signature without sha256=, or with another prefix",
		"the digits are right, but what stands before them is not sha256=",
		"send sha256= and the digits",
	}
	base64Signature = Mistake{
		"signature_base64", "base64 signature",
		"the signature is base64",
		"write the MAC as 64 lower-case hex digits",
	}
	otherHash = Mistake{
		"other_hash", "HMAC with SHA-1, SHA-384 or SHA-512",
		"the signature is an HMAC with another hash than SHA-256",
		"use HMAC-SHA256",
	}
)

// What went wrong with the key.
var (
	previousSecret = Mistake{
		"previous_secret", "the previous secret",
		"it is signed with the previous secret",
		"while the rotation settles the endpoint needs webhook.WithPreviousSecrets, later the sender needs the new secret",
	}
	refusedSecret = Mistake{
		"secret_refused", "the secret as it is set where webhook.New refuses it",
		"it is signed with the secret exactly as it is set, and no endpoint starts with that one (webhook.New refuses it)",
		"set the secret as the Sendsar console shows it",
	}
	secretSpace = Mistake{
		"secret_white_space", "white space, control or invisible characters around the secret",
		"the secret as it is set has white space, control or invisible characters around it, and the signer's has not",
		"set it without them",
	}
	secretQuotes = Mistake{
		"secret_quotes", "quotes around the secret",
		"the secret as it is set has quotes around it, and the signer's has not",
		"set it without them (an env file may keep them)",
	}
	secretPrefixLost = Mistake{
		"secret_prefix_lost", "whsec_ missing from the secret as it is set",
		"the secret as it is set lacks the whsec_ in front",
		"set the whole string, whsec_ included",
	}
	signedPrefixStripped = Mistake{
		"signed_without_prefix", "signed without the secret's whsec_",
		"it is signed with the secret without its whsec_",
		"use the whole string as the key, whsec_ included",
	}
	signedHexDecoded = Mistake{
		"signed_hex_decoded", "signed with the hex-decoded secret",
		"it is signed with the hex-decoded secret",
		"use the whole string as the key, whsec_ included and not decoded",
	}
	signedBase64Decoded = Mistake{
		"signed_base64_decoded", "signed with the base64-decoded secret (as Standard Webhooks does)",
		"it is signed with the base64-decoded secret, as Standard Webhooks does",
		"use the whole string as the key, whsec_ included and not decoded",
	}
	signedNewline = Mistake{
		"signed_with_newline", "signed with a newline after the secret",
		"it is signed with a newline after the secret",
		"remove it where the signer reads the secret (a file's last line end)",
	}
	signedQuotes = Mistake{
		"signed_with_quotes", "signed with quotes around the secret",
		"it is signed with quotes around the secret",
		"remove them where the signer reads the secret (an env file may keep them)",
	}
	signedEmptySecret = Mistake{
		"signed_with_empty_secret", "signed with an empty secret",
		"it is signed with an empty secret",
		"set the secret where it is signed (is the variable unset there?)",
	}
	hashWithoutKey = Mistake{
		"hash_without_key", "a hash of the body without a key",
		"it is a plain hash of the body, which anyone can make",
		"use an HMAC with the secret as its key",
	}
	swappedArguments = Mistake{
		"key_and_body_swapped", "key and body swapped",
		"it is an HMAC with the body as the key and the secret as the message",
		"swap the two where it is signed",
	}
)

// What went wrong with the body.
var (
	newlineAdded = Mistake{
		"final_newline_added", "a final newline added to the body",
		"the body at hand has a final newline that was not signed",
		"save and send the bytes as they are (printf '%s' and --data-binary, not echo; some editors add one)",
	}
	newlineLost = Mistake{
		"final_newline_lost", "a final newline lost from the body",
		"the body at hand lacks a final newline that was signed",
		"save and send the bytes as they are (--data-binary; curl's -d and the shell's $(…) drop it)",
	}
	crlfMade = Mistake{
		"line_ends_crlf", "LF made CRLF",
		"the body at hand has CRLF line ends where LF was signed",
		"save and send the bytes as they are (an editor, a transfer as text or Git's autocrlf converts them)",
	}
	lfMade = Mistake{
		"line_ends_lf", "CRLF made LF",
		"the body at hand has LF line ends where CRLF was signed",
		"save and send the bytes as they are (an editor, a transfer as text or Git's autocrlf converts them)",
	}
	bomAdded = Mistake{
		"bom_added", "a byte order mark added to the body",
		"the body at hand starts with a byte order mark that was not signed",
		"save it as UTF-8 without BOM",
	}
	bomLost = Mistake{
		"bom_lost", "a byte order mark lost from the body",
		"a byte order mark was signed that the body at hand lacks",
		"sign UTF-8 without BOM, or keep the first three bytes",
	}
	utf16Made = Mistake{
		"utf16", "the body saved as UTF-16",
		"the body at hand is UTF-16 where UTF-8 was signed",
		"save the bytes as they are (older PowerShell's > writes UTF-16)",
	}
	bodyCompressed = Mistake{
		"body_compressed", "the body compressed after it was signed",
		"the body at hand is compressed, and what it inflates to was signed",
		"sign the bytes that are sent, after they are compressed",
	}
	bodyInflated = Mistake{
		"body_inflated", "the body inflated after it was signed (as far as Go's compress/gzip and compress/zlib make the same bytes)",
		"the body at hand is inflated, and its compressed bytes were signed",
		"verify before the middleware or proxy that inflates it",
	}
	emptyBody = Mistake{
		"empty_body_signed", "a signature of the empty body",
		"it is the signature of an empty body",
		"sign before anything else reads the body (a stream is empty the second time)",
	}
	timestampSigned = Mistake{
		"timestamp_signed", "the list's t= signed with the body (as Stripe does)",
		"it is the signature of the time stamp, a dot and the body, as Stripe signs",
		"sign the body alone",
	}
)

const jsonID = "json_rewritten"

// rewritten is the mistake of a body that was parsed and written again.
func rewritten(how string) Mistake {
	return Mistake{
		jsonID, "the same JSON in other spacing or escapes",
		"the same JSON was signed in another form, " + how,
		"verify the bytes as they arrived, before anything parses them and writes them again",
	}
}

// Tried names everything that Explain tries for a case.
func Tried(c Case) []string {
	mistakes := []Mistake{
		newlineAdded, newlineLost, crlfMade, lfMade, rewritten(""), bodyCompressed, bodyInflated,
		bomAdded, bomLost, utf16Made, emptyBody, timestampSigned,
		previousSecret, refusedSecret, secretSpace, secretQuotes, secretPrefixLost,
		signedPrefixStripped, signedHexDecoded, signedBase64Decoded, signedNewline, signedQuotes,
		signedEmptySecret, hashWithoutKey, swappedArguments,
		headerLine, signatureQuotes, signatureList, upperCase, noPrefix, base64Signature, otherHash,
	}
	var names []string
	for _, m := range mistakes {
		if m != previousSecret || c.Previous != "" {
			names = append(names, m.Name)
		}
	}
	return names
}
