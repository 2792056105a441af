package diagnose

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/unicode/norm"
)

const bom = "\ufeff"

// charsets are the one-byte character sets that are tried, the likelier ones first.
var charsets = []*charmap.Charmap{
	charmap.ISO8859_1, charmap.Windows1252, charmap.ISO8859_15, charmap.CodePage437, charmap.CodePage850, charmap.Macintosh,
	charmap.CodePage858, charmap.Windows1250, charmap.ISO8859_2, charmap.Windows1251, charmap.KOI8R, charmap.CodePage866,
	charmap.CodePage852, charmap.Windows1253, charmap.Windows1254, charmap.ISO8859_9, charmap.Windows1257, charmap.CodePage1047,
}

// wideCharsets are the character sets with characters of several bytes that are tried.
var wideCharsets = []encoding.Encoding{
	japanese.ShiftJIS, simplifiedchinese.GB18030, korean.EUCKR, traditionalchinese.Big5, japanese.EUCJP,
}

// fromCharset decodes text that is not UTF-8 from every character set.
func fromCharset(text []byte) []change {
	if utf8.Valid(text) {
		return nil
	}
	var all []change
	for _, set := range charsets {
		out := make([]byte, 0, len(text)+len(text)/8)
		for _, c := range text {
			if c < utf8.RuneSelf && set != charmap.CodePage1047 {
				out = append(out, c)
			} else {
				out = utf8.AppendRune(out, set.DecodeByte(c))
			}
		}
		all = append(all, change{out, otherCharset})
	}
	for _, set := range wideCharsets {
		out, err := set.NewDecoder().Bytes(text)
		if err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
			all = append(all, change{out, otherCharset})
		}
	}
	return all
}

// fromDoubleUTF8 undoes the encoding of bytes that were UTF-8 or compressed, but were taken
// for text in another character set and encoded as UTF-8.
func fromDoubleUTF8(text []byte) []change {
	var all []change
	for _, c := range toCharset(text) {
		if utf8.Valid(c.bytes) || len(fromCompressed(c.bytes)) > 0 {
			all = append(all, change{c.bytes, encodedTwice})
		}
	}
	return all
}

// toCharset writes UTF-8 text in every one-byte character set that has all of its characters,
// except EBCDIC.
func toCharset(text []byte) []change {
	if isASCII(text) || !utf8.Valid(text) {
		return nil
	}
	var all []change
	for _, set := range charsets[:len(charsets)-1] {
		if out, ok := encode(set, text); ok {
			all = append(all, change{out, signedInCharset})
		}
	}
	return all
}

// encode writes text in a character set. In Windows-1252 it writes the bytes without a
// character for the control characters of the same number, as browsers do.
func encode(set *charmap.Charmap, text []byte) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		c, ok := text[0], true
		if r >= utf8.RuneSelf {
			if c, ok = set.EncodeRune(r); !ok && set == charmap.Windows1252 && r < 0xa0 {
				c, ok = byte(r&0xff), true
			}
		}
		if !ok {
			return nil, false
		}
		out = append(out, c)
		text = text[size:]
	}
	return out, true
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// normalised returns the other Unicode normal forms of text.
func normalised(text []byte) []change {
	if isASCII(text) || !utf8.Valid(text) {
		return nil
	}
	var all []change
	for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
		if out := form.Bytes(text); !bytes.Equal(out, text) {
			all = append(all, change{out, otherNormalForm})
		}
	}
	return all
}

// fromUTF16 decodes text that starts with UTF-16's byte order mark, or whose NULs show that
// it is UTF-16.
func fromUTF16(text []byte) ([]byte, bool) {
	var order binary.ByteOrder
	if len(text) < 2 {
		return nil, false
	}
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order, text = binary.LittleEndian, text[2:]
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order, text = binary.BigEndian, text[2:]
	case text[0] != 0 && text[1] == 0 && len(text) >= 4 && text[3] == 0:
		order = binary.LittleEndian
	case text[0] == 0 && text[1] != 0 && len(text) >= 4 && text[2] == 0:
		order = binary.BigEndian
	default:
		return nil, false
	}
	units := make([]uint16, len(text)/2) // an odd last byte is left of a line end
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units))), true
}

// fromUTF32 decodes text that starts with UTF-32's byte order mark, or whose NULs show that
// it is UTF-32.
func fromUTF32(text []byte) ([]byte, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe, 0, 0}):
		order, text = binary.LittleEndian, text[4:]
	case bytes.HasPrefix(text, []byte{0, 0, 0xfe, 0xff}):
		order, text = binary.BigEndian, text[4:]
	case len(text) >= 8 && text[0] != 0 && text[1]|text[2]|text[3] == 0 && text[4] != 0:
		order = binary.LittleEndian
	case len(text) >= 8 && text[0]|text[1]|text[2] == 0 && text[3] != 0 && text[7] != 0:
		order = binary.BigEndian
	default:
		return nil, false
	}
	var out []byte
	for ; len(text) >= 4; text = text[4:] {
		out = utf8.AppendRune(out, rune(order.Uint32(text)&0x1fffff))
	}
	return out, true
}

// toUTF16 writes text in UTF-16 without a byte order mark.
func toUTF16(text []byte, bigEndian bool) []byte {
	out := make([]byte, 0, 2*len(text))
	for _, unit := range utf16.Encode([]rune(string(text))) {
		if bigEndian {
			out = binary.BigEndian.AppendUint16(out, unit)
		} else {
			out = binary.LittleEndian.AppendUint16(out, unit)
		}
	}
	return out
}
