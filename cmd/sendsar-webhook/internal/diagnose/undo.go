package diagnose

// change is a body after one mistake is undone.
type change struct {
	bytes   []byte
	mistake Mistake
}

// undoBody lists how to undo the mistakes that hide the signed body in another one. Several
// may have been made, one on top of the other. do returns nothing if its mistake cannot have
// been made. cost is its work for each byte.
var undoBody = []struct {
	cost int
	do   func([]byte) []change
}{
	{1, fromBOM},
	{4, fromUnicodeForms},
	{1, withoutPadding},
	{4, fromCompressed},
	{4, fromBase64},
	{2, fromHex},
	{4, fromByteList},
	{4, fromDump},
	{4, fromStringLiteral},
	{12, fromEscapes},
	{2, fromQuotes},
	{2, fromHTTP},
	{2, fromChunks},
	{4, fromForm},
	{2, fromMultipart},
	{4, fromPercent},
	{4, fromEntities},
	{4, fromQuotedPrintable},
	{8, fromEnvelope},
	{4, fromLines},
	{2, fromText},
	{4, withoutBreaks},
	{4, withoutMarkup},
	{60, fromCharset},
	{60, fromDoubleUTF8},
	{20, normalised},
	{8, fromUnescaped},
	{8, fromLiteral},
	{1, fromDoubled},
	{4, completed},
	{1, begun},
}
