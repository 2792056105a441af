package diagnose

import (
	"errors"
	"regexp"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	asTheConsoleShows = "set the secret as the Sendsar console shows it, whsec_ included and nothing around it"
	neverSignsSo      = "Sendsar never signs like this, so a script or proxy of yours made the signature: "
)

// What can be wrong with the secret as it is set.
var (
	previousSecret = Mistake{
		"previous_secret", "the previous secret",
		"it is signed with the previous secret",
		"accept both with webhook.WithPreviousSecrets while the rotation settles, which takes about five minutes",
	}
	signedAsSet = Mistake{
		"secret_refused", "the secret as it is set where webhook.New refuses it",
		"it is signed with the secret exactly as it is set, and webhook.New refuses that one",
		asTheConsoleShows + " (" + "or pass webhook.WithUncheckedSecrets if the sender is not Sendsar)",
	}
	secretSpace = Mistake{
		"secret_white_space", "white space, control or invisible characters around the secret",
		"the secret as it is set has white space, a line end or an invisible character around it, and the signer's has not",
		"set it without them (a file's last line end, a copied blank)",
	}
	secretSpaceInside = Mistake{
		"secret_white_space_inside", "white space or invisible characters inside the secret",
		"the secret as it is set has white space, a line end or an invisible character in it, and the signer's has not",
		asTheConsoleShows,
	}
	secretQuotes = Mistake{
		"secret_quotes", "quotes around the secret",
		"the secret as it is set has quotes around it, and the signer's has not",
		"set it without them (an env file may keep them)",
	}
	secretNameValue = Mistake{
		"secret_name_value", "a whole NAME=value line as the secret",
		"the secret as it is set has its name in front, as in NAME=value",
		"set the value alone",
	}
	secretPrefixTwice = Mistake{
		"secret_prefix_twice", "whsec_ twice in the secret",
		"the secret as it is set begins with whsec_ twice, and the signer's once",
		"do not add whsec_ to the secret: the console's begins with it",
	}
	secretPrefixLost = Mistake{
		"secret_prefix_lost", "whsec_ missing from the secret as it is set",
		"the secret as it is set lacks the whsec_ in front",
		"set the whole string, whsec_ included",
	}
	secretPrefixSpoilt = Mistake{
		"secret_prefix_spoilt", "whsec_ written otherwise, or something before it",
		"the secret as it is set does not begin with whsec_ in exactly these letters, and the signer's does",
		asTheConsoleShows,
	}
	secretCase = Mistake{
		"secret_case", "capitals in the secret",
		"the secret as it is set has capital letters, and the signer's has none",
		"set it in lower case, as the Sendsar console shows it",
	}
	secretEncoded = Mistake{
		"secret_encoded", "the secret in base64, hex or percent-encoding",
		"the secret as it is set is an encoded form (base64, hex, percent-encoding or HTML) of the signer's",
		"decode it before it is set: the data of a Kubernetes Secret is base64 of the value (kubectl get secret shows that form, and stringData takes the plain one)",
	}
	secretEscapes = Mistake{
		"secret_escapes", "escapes in the secret",
		"the secret as it is set has backslashes in it, and the signer's has not",
		"set it without them (echo and env files keep \\n as two characters)",
	}
	secretMore = Mistake{
		"secret_more", "something before or behind the secret",
		"the secret as it is set has more before or behind it, such as a name, a comment, punctuation or a second value",
		asTheConsoleShows,
	}
	secretUTF16 = Mistake{
		"secret_utf16", "the secret as UTF-16",
		"the secret as it is set is UTF-16, or has NULs in it",
		"save it as UTF-8 without BOM",
	}
)

// How signers use the right secret wrongly.
var (
	signedPrefixStripped = Mistake{
		"signed_without_prefix", "signed without the secret's whsec_",
		"it is signed with the secret without its whsec_",
		neverSignsSo + "let it use the whole string as the key, whsec_ included",
	}
	signedHexDecoded = Mistake{
		"signed_hex_decoded", "signed with the hex-decoded secret",
		"it is signed with the hex-decoded secret",
		neverSignsSo + "let it use the whole string as the key, whsec_ included and not decoded",
	}
	signedBase64Decoded = Mistake{
		"signed_base64_decoded", "signed with the base64-decoded secret (as Standard Webhooks does)",
		"it is signed with the base64-decoded secret, as Standard Webhooks does",
		neverSignsSo + "let it use the whole string as the key, whsec_ included and not decoded",
	}
	signedNewline = Mistake{
		"signed_with_newline", "signed with a newline after the secret",
		"it is signed with a line end behind the secret",
		neverSignsSo + "let it remove the line end where it reads the secret (a file's last one)",
	}
	signedQuotes = Mistake{
		"signed_with_quotes", "signed with quotes around the secret",
		"it is signed with quotes around the secret",
		neverSignsSo + "let it remove them where it reads the secret (an env file may keep them)",
	}
	signedSpace = Mistake{
		"signed_with_white_space", "signed with white space or an invisible character around the secret",
		"it is signed with white space or an invisible character around the secret",
		neverSignsSo + "let it remove that where it reads the secret",
	}
	signedCase = Mistake{
		"signed_with_other_case", "signed with the secret in other case",
		"it is signed with the secret changed to upper or lower case",
		neverSignsSo + "let it use the secret as it is",
	}
	signedEncoded = Mistake{
		"signed_with_encoded_secret", "signed with base64, hex or UTF-16 of the secret",
		"it is signed with an encoded form (base64, hex or UTF-16) of the secret",
		neverSignsSo + "let it use the bytes of the string itself as the key (the data of a Kubernetes Secret has to be decoded)",
	}
	signedPrefixTwice = Mistake{
		"signed_with_prefix_twice", "signed with whsec_ twice",
		"it is signed with whsec_ added to the secret once more",
		neverSignsSo + "let it use the secret as it is, which begins with whsec_ already",
	}
	signedNameValue = Mistake{
		"signed_with_name_value", "signed with a whole NAME=value line",
		"it is signed with the variable's name and the secret",
		neverSignsSo + "let it use the value alone",
	}
	signedReversed = Mistake{
		"signed_with_reversed_secret", "signed with the secret backwards",
		"it is signed with the secret's characters in reverse order",
		neverSignsSo + "let it use the secret as it is",
	}
	signedCut = Mistake{
		"signed_with_cut_secret", "signed with a part of the secret",
		"it is signed with the secret without its first or last characters",
		neverSignsSo + "let it use the whole string (a column or a field may be too short for it)",
	}
	signedNoSecret = Mistake{
		"signed_with_empty_secret", "signed with an empty secret, or a word in its place",
		"it is signed with an empty secret, or with a word in place of a secret that is not set",
		neverSignsSo + "set the secret there (is the variable unset?), and trust no such signature: anyone can make it",
	}
	hashWithoutKey = Mistake{
		"hash_without_key", "a hash of the body without a key",
		"it is a plain hash of the body, which anyone can make",
		neverSignsSo + "let it use an HMAC with the secret as its key",
	}
	hashTwice = Mistake{
		"hash_without_key", "a hash of the body without a key",
		"it is a hash of a hash of the body, which anyone can make",
		neverSignsSo + "let it use an HMAC with the secret as its key",
	}
	hashOfSecretAndBody = Mistake{
		"hash_of_secret_and_body", "a hash of the secret and the body",
		"it is a plain hash of the secret and the body together, not an HMAC",
		neverSignsSo + "let it use its language's HMAC with the secret as the key and the body as the message",
	}
	swappedArguments = Mistake{
		"key_and_body_swapped", "key and body swapped",
		"it is an HMAC with the body as the key and the secret as the message",
		neverSignsSo + "swap the two there",
	}
	hmacTwice = Mistake{
		"hashed_twice", "a hash or HMAC of the HMAC",
		"the HMAC was hashed or signed once more",
		neverSignsSo + "let it send the HMAC of the body as it is",
	}
	digestSigned = Mistake{
		"digest_signed", "an HMAC of the body's hash",
		"it is an HMAC of a hash of the body, not of the body",
		neverSignsSo + "let it sign the body's bytes",
	}
	secretSigned = Mistake{
		"secret_signed", "an HMAC of the body and the secret",
		"the secret was signed with or in place of the body",
		neverSignsSo + "let it sign the body alone",
	}
	bodyIsKey = Mistake{
		"body_is_key", "an HMAC with the body as the key and no secret",
		"it is an HMAC with the body as the key and without the secret, which anyone can make",
		neverSignsSo + "let it use the secret as the key and the body as the message",
	}
	derivedKey = Mistake{
		"signed_with_hashed_secret", "signed with a hash of the secret",
		"it is signed with a hash of the secret",
		neverSignsSo + "let it use the secret itself as the key",
	}
)

var filePath = regexp.MustCompile(`^(?:file://|@)?(?:[A-Za-z]:)?[\w.~-]*[/\\][\w./\\~-]+$|^@?[\w.-]+\.(?:txt|key|env|pem|secret)$`)

// secretRefused returns the mistake for a secret that webhook.New refuses.
func secretRefused(secret string, err error) Mistake {
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = strings.TrimPrefix(text, webhook.ErrInvalidSecret.Error()+": ")
	if !errors.Is(err, webhook.ErrInvalidSecret) {
		text = strings.TrimPrefix(text, "webhook: ")
	}
	if filePath.MatchString(secret) {
		text += "; it looks like the path of a file, not like the content"
	}
	return Mistake{
		signedAsSet.ID, signedAsSet.Name,
		"webhook.New refuses the secret as it is set, so nothing can be verified with it: " + text,
		asTheConsoleShows,
	}
}
