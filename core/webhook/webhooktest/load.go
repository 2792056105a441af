package webhooktest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Load returns the delivery that is saved in the file at path, for a test of a handler:
//
//	r, err := webhooktest.Load("testdata/message.created.http")
//
// Such a file holds an HTTP/1.1 request as it is on the wire: the request line, the headers,
// an empty line, and the raw body. `sendsar-webhook listen -save` writes them. Line ends of
// the head are CRLF or LF.
//
// The request is for a handler's ServeHTTP or a Fiber app's Test, like the one that
// NewRequest returns for a path. Its headers are those of the file, with the body's length
// as Content-Length; a chunked body is one piece. Nothing is verified. Each request is good
// for one use, as its body is.
//
// The error is an *fs.PathError. It wraps fs.ErrNotExist if there is no such file, and
// io.ErrUnexpectedEOF if the file ends behind the request line but before the request
// does. It is an error too if bytes follow the body, as after an editor that adds a line
// end: the signature is not that of the changed body. The text quotes nothing of the file.
func Load(path string) (*http.Request, error) {
	content, err := os.ReadFile(path) //nolint:gosec // the file that the test names
	if err != nil {
		return nil, err
	}
	r, err := parse(content)
	if err != nil {
		return nil, &fs.PathError{Op: "load", Path: path, Err: err}
	}
	return r, nil
}

var (
	errNoRequest = errors.New("not a saved HTTP request")
	errMore      = errors.New("bytes follow the body: was the file changed after it was saved?")
)

// parse reads one request and buffers its body.
func parse(content []byte) (*http.Request, error) {
	rest := bufio.NewReader(bytes.NewReader(content))
	r, err := http.ReadRequest(rest)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, errNoRequest // its text may quote the file
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil && strings.Contains(err.Error(), "unexpected EOF"): // that of a trailer is another error
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, errNoRequest
	}
	if _, err := rest.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errMore
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.TransferEncoding, r.Trailer = nil, nil
	// A server leaves it in the header, and httputil.DumpRequest writes no other.
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	r.RemoteAddr = "192.0.2.1:1234" // documentation range, as in net/http/httptest
	return r, nil
}
