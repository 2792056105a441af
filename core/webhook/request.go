package webhook

import (
	"bytes"
	"net/http"
	"strconv"
)

// VerifyRequest verifies a request as [Verifier.VerifyReader] does, with the same errors,
// and puts the body back. After an accepted delivery or a mismatch, r.Body is a fresh
// reader over the bytes that were read. After any other error, r.Body is the original body,
// which may have been read in part. r is changed in place; its ContentLength and
// TransferEncoding stay the same. The observer and the logger get r.Context().
//
// The announced length is r.ContentLength, or, if that is negative, the Content-Length
// header. A ContentLength of 0 with a body that is neither nil nor http.NoBody counts as
// unknown, as it does in a client's request. If the signature does not match and the header
// disagrees with a ContentLength that is not negative (outside HTTP/1: positive), an
// earlier middleware changed both the body and the field. The error is then
// [ErrBodyAltered], and the body is put back as after a mismatch.
//
// w is the server's response, as in [http.MaxBytesReader]; it may be nil. VerifyRequest
// sets "Connection: close" on it when it refuses an HTTP/1 body before its end was read:
// otherwise the server would read up to 256 KiB more before the client sees the answer. It
// also does so when it refuses a chunked HTTP/1 body: net/http drops a Content-Length
// beside "Transfer-Encoding: chunked", so a proxy in front may see another end of the
// message (RFC 9112, section 6.1). VerifyRequest writes no status and no body.
func (v *Verifier) VerifyRequest(w http.ResponseWriter, r *http.Request) (Delivery, error) {
	out, err := v.verify(r.Body, announcedLength(r), r.Header.Values)
	if out.body != nil {
		r.Body = newRestoredBody(out.body)
		if err != nil && disagreeOnLength(r) {
			err = errMismatchOtherLength
		}
	}
	if err != nil && w != nil && r.ProtoMajor == 1 && hasBody(r) && (!out.ended || len(r.TransferEncoding) > 0) {
		w.Header().Set("Connection", "close")
	}
	v.report(r.Context(), out.delivery, err)
	return out.delivery, err
}

func hasBody(r *http.Request) bool { return r.Body != nil && r.Body != http.NoBody }

// announcedLength returns -1 if the length is unknown.
func announcedLength(r *http.Request) int64 {
	switch {
	case r.ContentLength < 0:
		// Echo 5's Decompress sets -1 and leaves the header unchanged.
		return headerLength(r)
	case r.ContentLength == 0 && hasBody(r):
		return -1
	default:
		return r.ContentLength
	}
}

// disagreeOnLength reports whether an earlier middleware set r.ContentLength and left the
// header unchanged, as an OpenAPI validator does that adds defaults to the body. An HTTP/2
// client can itself send a header that disagrees with an empty body, or several headers.
func disagreeOnLength(r *http.Request) bool {
	announced := headerLength(r)
	return announced >= 0 && r.ContentLength >= 0 && r.ContentLength != announced && (r.ProtoMajor == 1 || r.ContentLength > 0)
}

// headerLength returns -1 unless the header has exactly one length.
func headerLength(r *http.Request) int64 {
	if lines := r.Header.Values("Content-Length"); len(lines) == 1 {
		if n, err := strconv.ParseUint(lines[0], 10, 63); err == nil {
			return int64(n)
		}
	}
	return -1
}

// restoredBody is a body that was read already. Its Close does nothing: closing the
// original could reach a pooled wrapper that already serves another request.
type restoredBody struct{ bytes.Reader }

func newRestoredBody(body []byte) *restoredBody {
	restored := new(restoredBody)
	restored.Reset(body)
	return restored
}

func (*restoredBody) Close() error { return nil }
