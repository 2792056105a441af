package diagnose

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
)

// fromCompressed inflates b as gzip, zlib, raw deflate and bzip2. It skips a stream that is cut
// off or that inflates to too much.
func fromCompressed(b []byte) []change {
	var all []change
	for _, open := range []func(io.Reader) (io.Reader, error){
		func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil },
		func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil },
	} {
		reader, err := open(bytes.NewReader(b))
		if err != nil {
			continue
		}
		inflated, err := io.ReadAll(io.LimitReader(reader, maxInflatedBytes+1))
		if err == nil && len(inflated) <= maxInflatedBytes {
			all = append(all, change{inflated, bodyCompressed})
		}
	}
	return all
}

// compress returns a body as Go's gzip and zlib compress it. The bytes of other compressors
// cannot be reproduced.
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
