package diagnose

// tried returns the names of what the search tries.
func (s *search) tried() []string {
	if s.onlyFalse() {
		return nil // too few digits to compare anything
	}
	names := []string{
		newlineAdded.Name, newlineLost.Name, spaceAround.Name, "other line ends (CRLF, LF)", rewritten("").Name,
		bodyString.Name + ", a string literal or with escaped quotes, as logs have it",
		"the body in base64, hex digits, percent-encoding, HTML or quoted-printable, as a hex dump or a list of bytes",
		"the body in a form, a multipart or HTTP message, or with chunk framing", bodyInJSON.Name, bodyInText.Name,
		"quotes, markup, curly or invisible characters, lost escapes, broken lines or a sign before each line", bodyLiteral.Name,
		"the body twice in a row, without its first bytes or its last brackets, or with NULs in it",
		"another character set (Latin-1, Windows-1252, Shift JIS and others, once or several times), UTF-16 or UTF-32, other Unicode normal forms, a byte order mark",
		bodyCompressed.Name, bodyInflated.Name,
		"an empty body, a word, a time stamp, a JSON string or an encoded form of the body signed",
		"white space, quotes, a name, a comment or escapes in the secret as it is set",
		"the secret as it is set in base64, hex, other case, with whsec_ twice or without it",
		"the secret stripped, decoded, encoded, hashed, cut, quoted or empty where it is signed",
		"a hash in place of an HMAC, key and body swapped, another hash than SHA-256, hashed twice",
		"the signature in base64, in capitals, cut, in a list, with another prefix or something around it",
	}
	if s.previous {
		names = append(names, previousSecret.Name)
	}
	if s.partial {
		names = append(names, "not every combination of these: the body is too large or too complex for that")
	}
	return names
}
