package diagnose

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
	"unicode/utf16"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const bom = "\ufeff"

// open returns what is inside b: behind a byte order mark, in UTF-16, compressed.
func open(b body) []body {
	var all []body
	if without, found := bytes.CutPrefix(b.bytes, []byte(bom)); found {
		all = append(all, b.with(without, bomAdded))
	}
	if text, ok := fromUTF16(b.bytes); ok {
		all = append(all, b.with(text, utf16Made))
	}
	for _, inflated := range inflate(b.bytes) {
		all = append(all, b.with(inflated, bodyCompressed))
	}
	return all
}

// fromUTF16 decodes text that starts with UTF-16's byte order mark.
func fromUTF16(text []byte) ([]byte, bool) {
	var order binary.ByteOrder
	switch {
	case len(text)%2 != 0:
		return nil, false
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return nil, false
	}
	units := make([]uint16, len(text)/2-1)
	for i := range units {
		units[i] = order.Uint16(text[2*i+2:])
	}
	return []byte(string(utf16.Decode(units))), true
}

// inflate returns what compressed inflates to, as gzip, zlib or raw deflate.
func inflate(compressed []byte) [][]byte {
	var all [][]byte
	for _, open := range []func(io.Reader) (io.Reader, error){
		func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil },
	} {
		reader, err := open(bytes.NewReader(compressed))
		if err != nil {
			continue
		}
		inflated, err := io.ReadAll(io.LimitReader(reader, webhook.DefaultMaxBodyBytes+1))
		if err == nil && len(inflated) <= webhook.DefaultMaxBodyBytes {
			all = append(all, inflated)
		}
	}
	return all
}

// compress returns what Go's gzip and zlib make of a body. Other compressors choose
// other bytes, which cannot be found out.
func compress(plain []byte) [][]byte {
	var all [][]byte
	for _, level := range []int{flate.DefaultCompression, flate.BestSpeed, flate.BestCompression} {
		for _, open := range []func(io.Writer) (io.WriteCloser, error){
			func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, level) },
			func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriterLevel(w, level) },
		} {
			var compressed bytes.Buffer
			// Nothing here fails: the levels exist, and a buffer takes everything.
			writer, _ := open(&compressed)
			_, _ = writer.Write(plain)
			_ = writer.Close()
			all = append(all, compressed.Bytes())
		}
	}
	return all
}
