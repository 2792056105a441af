package adapter

import "net/http"

// IsAnswer reports whether a client gets something from a response of Fiber's: not from an
// informational status, nor from an acknowledgement without a body, which 204 and 205 never
// have on the wire.
func IsAnswer(status int, hasBody bool) bool {
	switch {
	case status >= http.StatusMultipleChoices:
		return true
	case status < http.StatusOK, status == http.StatusNoContent, status == http.StatusResetContent:
		return false
	default:
		return hasBody
	}
}

// BodyHeaders returns the names of the headers that describe a body. They must go with a body
// that is replaced; a server sets length and coding again.
func BodyHeaders() []string {
	return []string{
		"Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Range",
		"ETag", "Last-Modified", "Transfer-Encoding",
	}
}
