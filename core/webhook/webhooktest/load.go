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
// The file holds an HTTP/1.1 request as it is on the wire: the request line, the headers,
// an empty line, and the raw body. `sendsar-webhook listen -save` writes such files. Lines of
// the head end with CRLF or LF.
//
// The request is for a handler's ServeHTTP or a Fiber app's Test, like the one that
// NewRequest returns for a path. It has the headers of the file, and the body's length as
// Content-Length. A chunked body is decoded. Load verifies nothing. Use each request only
// once, as its body can be read only once.
//
// The error is an *fs.PathError. It wraps fs.ErrNotExist if there is no such file, and
// io.ErrUnexpectedEOF if the file is empty, or ends after the request line but before the
// request does. Load also fails if bytes follow the body, for example a line end that an
// editor added: the signature does not match a changed body. The error text quotes nothing
// from the file.
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
		return nil, errNoRequest // err's text may quote the file
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil && strings.Contains(err.Error(), "unexpected EOF"): // a trailer's is not io.ErrUnexpectedEOF
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
	// A server keeps Content-Length in the header. httputil.DumpRequest writes it only from
	// there.
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	r.RemoteAddr = "192.0.2.1:1234" // documentation range, as in net/http/httptest
	return r, nil
}
