package diagnose

import "fmt"

const asTheyArrived = "save and verify the bytes as they arrived"

// What can be wrong with the body.
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
	spaceAround = Mistake{
		"white_space_around", "white space around the body",
		"the body at hand has white space or line ends around it that were not signed",
		asTheyArrived + ", without a blank or a line end more",
	}
	crlfMade = Mistake{
		"line_ends_crlf", "LF made CRLF",
		"the body at hand has CRLF or CR line ends where LF was signed",
		asTheyArrived + " (an editor, a transfer as text or Git's autocrlf converts them)",
	}
	lfMade = Mistake{
		"line_ends_lf", "CRLF made LF",
		"the body at hand has LF line ends where CRLF or CR was signed",
		asTheyArrived + " (an editor, a transfer as text or Git's autocrlf converts them)",
	}
	bomAdded = Mistake{
		"bom_added", "a byte order mark added to the body",
		"the body at hand starts with a byte order mark that was not signed",
		"save it as UTF-8 without BOM",
	}
	bomLost = Mistake{
		"bom_lost", "a byte order mark lost from the body",
		"the body at hand lacks a byte order mark that was signed",
		"keep the first three bytes as they arrived",
	}
	spaceLost = Mistake{
		"white_space_lost", "white space lost from the body",
		"white space or a line end was signed at the beginning or end of the body, and the body at hand lacks it",
		asTheyArrived + ", and let nothing trim them",
	}
	nulsBehind = Mistake{
		"nul_padding", "NULs at the end of the body",
		"the body at hand has NULs at its end that were not signed",
		"cut the buffer to the number of bytes that were read (n of Read, Content-Length), and leave out a C string's last NUL",
	}
	nulsInside = Mistake{
		"nuls", "NULs in the body",
		"the body at hand has NULs in front of or between its characters that were not signed",
		"save and verify the bytes that arrived, not a buffer, a string or a column of fixed width that holds them",
	}
	utf16Made = Mistake{
		"utf16", "the body saved as UTF-16 or UTF-32",
		"the body at hand is UTF-16 or UTF-32 where UTF-8 was signed",
		asTheyArrived + " (older PowerShell's > writes UTF-16)",
	}
	otherCharset = Mistake{
		"other_charset", "the body in another character set",
		"the body at hand is in another character set, such as Latin-1 or Windows-1252, where UTF-8 was signed",
		asTheyArrived + ", and let nothing convert them (an editor, a database column, a decoder with the wrong name)",
	}
	encodedTwice = Mistake{
		"utf8_twice", "UTF-8 taken for another character set and encoded again",
		"the body at hand was taken for text in another character set, such as Latin-1, and encoded as UTF-8 once more",
		"read the body as bytes or as UTF-8 (a default of Latin-1 or Windows-1252 does this), and verify before it becomes a string",
	}
	signedInCharset = Mistake{
		"signed_in_charset", "signed in another character set",
		"the text was signed in another character set, and the body at hand is UTF-8",
		"verify " + "the bytes as they arrived, before anything converts them to UTF-8",
	}
	otherNormalForm = Mistake{
		"unicode_normalised", "letters and their accents composed or decomposed (NFC, NFD)",
		"the body at hand is in another Unicode normal form than the one that was signed: letters and accents are composed or decomposed",
		"verify the bytes as they arrived, and let nothing normalise them (macOS, a database or a template engine may)",
	}
	bodyCompressed = Mistake{
		"body_compressed", "the body compressed after it was signed",
		"the body at hand is compressed, and what it inflates to was signed",
		"inflate it before it is verified (a proxy or a tool compressed it on the way; save it inflated)",
	}
	bodyInflated = Mistake{
		"body_inflated", "the body inflated after it was signed (as far as Go's compress/gzip and compress/zlib make the same bytes)",
		"the body at hand is inflated, and its compressed bytes were signed",
		"verify before the middleware or proxy that inflates it",
	}
	bodyBase64 = Mistake{
		"body_base64", "the body in base64",
		"the body at hand is base64 of what was signed",
		"decode it before it is verified (an API gateway marks such a body with isBase64Encoded; queues and tools encode bodies, too)",
	}
	bodyHex = Mistake{
		"body_hex", "the body in hex digits",
		"the body at hand is what was signed, written in hex digits",
		"decode it before it is verified (a database prints binary columns so)",
	}
	bodyByteList = Mistake{
		"body_byte_list", "the body as a list of numbers",
		"the body at hand is a list of the numbers of its bytes, as a program prints or serialises a buffer",
		"make bytes of it, or save the buffer itself (Node: fs.writeFile(buffer), not JSON.stringify; Go: %s, not %v)",
	}
	bodyDump = Mistake{
		"body_hex_dump", "the body as a hex dump",
		"the body at hand is a hex dump, as xxd or hexdump prints it",
		"turn it back with xxd -r, or save the bytes themselves",
	}
	bodyString = Mistake{
		"body_json_string", "the body as a JSON string",
		"the body at hand is a string literal in quotes, and its content was signed",
		"verify the raw bytes: something encoded the body as a string once more (JSON.stringify of a string, a framework's body parser, %q)",
	}
	bodyEscaped = Mistake{
		"body_escaped", "the body with escaped quotes, out of a log",
		"the body at hand has its quotes escaped with backslashes, as a log or a string literal has them",
		"save the body itself, or undo the escapes",
	}
	bodyQuoted = Mistake{
		"body_quoted", "quotes around the body",
		"the body at hand has quotes around it, or its quotes are doubled",
		"save the body itself, without a shell's, a CSV file's or a database's quotes",
	}
	bodyTypographic = Mistake{
		"body_typographic", "curly quotes and other characters of a text program",
		"the body at hand has characters that a text program, a chat or a page puts in place of typed ones: curly quotes, a non-breaking space, a long dash or an ellipsis",
		"save the body to a file; do not copy it out of such a program",
	}
	bodyWrapped = Mistake{
		"body_wrapped", "brackets, a fence, a comma or a semicolon around the body",
		"the body at hand has brackets, tags or a Markdown fence around it, or a comma or a semicolon behind it",
		"give the body alone",
	}
	bodyUnescaped = Mistake{
		"body_unescaped", "escapes lost from the body's strings",
		"the body at hand lacks backslashes that were signed: its strings have quotes, line ends or tabs in them that are not escaped",
		"save the bytes as they arrived (echo -e, printf with the body as its format, and some loggers and databases undo escapes)",
	}
	bodyBeginningLost = Mistake{
		"body_beginning_lost", "the body's first bytes lost",
		"the body at hand lacks its first bytes: it ends with brackets that it does not begin with",
		"read the body from its first byte on (something peeked at the stream, or a regular expression or a cut took part of it)",
	}
	bodyHTTP = Mistake{
		"body_http", "a whole HTTP message in place of the body",
		"the body at hand is a whole HTTP message, or the rest of one: its head was saved too",
		"give the body alone, what follows the empty line",
	}
	bodyChunked = Mistake{
		"body_chunked", "chunk framing in the body",
		"the body at hand has the framing of chunked transfer encoding in it",
		"read the body through an HTTP library, which removes the chunk sizes, or remove them",
	}
	bodyForm = Mistake{
		"body_form", "the body in a form's field",
		"the body at hand is a form, and one of its fields is what was signed",
		"verify the raw JSON body: something put it into a form (curl -d with a body parser, a relay; --data-binary and Content-Type: application/json leave it)",
	}
	bodyMultipart = Mistake{
		"body_multipart", "the body in a multipart message",
		"the body at hand is a multipart message, and one of its parts is what was signed",
		"take the part's content (curl -F makes such a message, --data-binary does not)",
	}
	bodyPercent = Mistake{
		"body_percent_encoded", "the body percent-encoded",
		"the body at hand is percent-encoded",
		"decode it, or save the body before something encodes it for a URL or a form",
	}
	bodyEntities = Mistake{
		"body_html", "the body escaped for HTML",
		"the body at hand is escaped for HTML (&quot; and the like)",
		"save the body itself, not what a page or a template shows",
	}
	bodyQuotedPrintable = Mistake{
		"body_quoted_printable", "the body as quoted-printable",
		"the body at hand is quoted-printable, as in a mail",
		"decode it, or save the body before it is sent by mail",
	}
	bodyInJSON = Mistake{
		"body_envelope", "the body inside other JSON (an API Gateway, SQS, SNS, EventBridge or Pub/Sub envelope, a log record)",
		"the body at hand is JSON around what was signed",
		"verify what is in its field, not the JSON around it",
	}
	bodyInText = Mistake{
		"body_in_text", "text before or behind the body, such as a log line",
		"the body at hand has other text before or behind it, as a log line has",
		"give the body alone",
	}
	bodyPrefixed = Mistake{
		"body_line_prefix", "a sign before each line, as curl -v prints it",
		"each line of the body at hand begins with the same sign or indentation, which was not signed",
		"save the body with -o FILE, not the terminal's output",
	}
	bodyBroken = Mistake{
		"body_broken_lines", "lines broken by a terminal, a mail or an editor",
		"the body at hand has line ends that were not signed, as a terminal, a mail or an editor breaks long lines",
		"save the body to a file; do not copy it from a screen",
	}
	bodyMarkup = Mistake{
		"body_markup", "colours or markup in the body",
		"the body at hand has a terminal's colour codes or HTML tags in it",
		"save the body without colours (jq -M, | cat, NO_COLOR=1)",
	}
	bodyInvisible = Mistake{
		"body_invisible", "invisible or control characters in the body",
		"the body at hand has invisible characters in it that were not signed, such as a zero-width space, a byte order mark or a control character",
		asTheyArrived + "; do not copy them from a page, a chat or a terminal",
	}
	bodyLiteral = Mistake{
		"body_literal", "the body as a program prints a map (Python, Ruby, JavaScript)",
		"the body at hand is not JSON but another notation of the parsed value, such as a Python dict, a Ruby hash or a JavaScript object",
		"verify the raw bytes, before anything parses them",
	}
	bodyPage = Mistake{
		"body_page", "HTML or XML in place of the body",
		"the body at hand is HTML or XML, and Sendsar sends JSON",
		"save the body of the request itself, not a page that shows it or an answer",
	}
	bodyDoubled = Mistake{
		"body_doubled", "the body twice in a row",
		"the body at hand is there twice, one copy behind the other",
		"read and save the body once (a hook that runs twice, a file that is appended to)",
	}
	emptyBody = Mistake{
		"empty_body_signed", "a signature of the empty body",
		"it is the signature of an empty body",
		"Sendsar sends no empty bodies, so a script or proxy of yours signs after it has read the body: read the body once and keep it (a stream is empty the second time)",
	}
	timestampSigned = Mistake{
		"timestamp_signed", "a time stamp signed with the body (as Stripe and Slack do)",
		"a time stamp was signed with the body, as Stripe and Slack do",
		neverSignsSo + "let it sign the body alone, or verify with that service's library if the delivery is its",
	}
	signedString = Mistake{
		"signed_json_string", "a JSON string signed, of which the body is the content",
		"a JSON string was signed, and the body at hand is its content",
		"verify the raw bytes as they arrived, before a body parser takes the string out of its quotes",
	}
	signedForm = Mistake{
		"signed_encoded_body", "the body signed in base64, hex, percent-encoding or UTF-16",
		"an encoded form of the body (base64, hex, percent-encoding or UTF-16) was signed, and the body at hand is decoded",
		"verify the bytes as they arrived, before anything decodes them; if a script of yours signs, let it sign the bytes that it sends",
	}
	signedPlaceholder = Mistake{
		"signed_placeholder", "a word signed in place of the body",
		"a word was signed that a program writes in place of a body, such as undefined or [object Object]",
		neverSignsSo + "let it sign the body's bytes, not an object or a variable without a value",
	}
)

// bodyCut returns the mistake for JSON that stops after n bytes.
func bodyCut(n int, where string) Mistake {
	return Mistake{
		"body_cut", "the body cut off at its end",
		fmt.Sprintf("the body is cut off: it stops after %s %s", count(n, "byte"), where),
		"save all of it (a log, a column, a buffer or a read of a fixed size may cut it; compare with Content-Length)",
	}
}

const jsonID = "json_rewritten"

// rewritten returns the mistake for a body that was parsed and written again.
func rewritten(how string) Mistake {
	return Mistake{
		jsonID, "the same JSON in other spacing, escapes, numbers or order of keys",
		"the same JSON was signed, but written differently: " + how,
		"verify the bytes as they arrived, before anything parses them and writes them again",
	}
}
