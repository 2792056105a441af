package diagnose

// tried names what the search tries.
func (s *search) tried() []string {
	groups := []Mistake{
		newlineAdded, newlineLost, spaceAround, crlfMade, lfMade, rewritten(""), bodyString, bodyEscaped, bodyQuoted,
		bodyBase64, bodyHex, bodyByteList, bodyDump, bodyPercent, bodyEntities, bodyForm, bodyMultipart, bodyHTTP, bodyChunked,
		bodyInJSON, bodyInText, bodyPrefixed, bodyBroken, bodyMarkup, bodyLiteral, bodyDoubled, bodyCut(0, ""), nulsBehind,
		otherCharset, encodedTwice, utf16Made, otherNormalForm, bomAdded, bomLost, bodyCompressed, bodyInflated,
		emptyBody, timestampSigned, signedString, signedForm, signedPlaceholder, signedInCharset,
		previousSecret, signedAsSet, secretSpace, secretSpaceInside, secretQuotes, secretNameValue, secretPrefixTwice, secretPrefixLost, secretPrefixSpoilt,
		secretCase, secretEncoded, secretEscapes, secretMore, secretUTF16,
		signedPrefixStripped, signedHexDecoded, signedBase64Decoded, signedNewline, signedQuotes, signedSpace, signedCase, signedEncoded,
		signedPrefixTwice, signedNameValue, signedReversed, signedCut, signedNoSecret, hashWithoutKey, hashOfSecretAndBody, swappedArguments,
		hmacTwice, digestSigned, secretSigned, bodyIsKey, derivedKey, otherHash(40),
	}
	if s.onlyFalse() {
		return nil // without enough digits nothing can be compared
	}
	var names []string
	for _, m := range groups {
		if m.ID != previousSecret.ID || s.previous {
			names = append(names, m.Name)
		}
	}
	if s.partial {
		names = append(names, "not every combination of these: the body is too large or too complex for that")
	}
	return names
}
