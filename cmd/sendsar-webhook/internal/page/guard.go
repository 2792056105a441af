package page

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// policy allows the page's own script, style, requests and forms. No script can turn text
// into HTML or code, because it cannot create a Trusted Types policy.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"connect-src 'self'",
	"img-src 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
	"base-uri 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types 'none'",
}, "; ")

// guard protects the page from other web sites that the developer's browser has open.
func guard(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !loopback(r.Host):
			http.Error(w, "this page is only for localhost and loopback addresses", http.StatusMisdirectedRequest)
		case crossOrigin.Check(r) != nil, embedded(r):
			http.Error(w, "another web site made this request", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// loopback reports whether the Host header names this machine. A site whose name resolves to
// 127.0.0.1 (DNS rebinding) sends its own name.
func loopback(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		if strings.HasPrefix(host, "[") != strings.Contains(name, ":") || strings.HasPrefix(host, "[") != strings.HasSuffix(host, "]") {
			return false
		}
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false
	}
	switch strings.ToLower(name) {
	case "localhost":
		return true
	default:
		address, err := netip.ParseAddr(name)
		return err == nil && address.IsLoopback() && !address.Is4In6() && address.Zone() == ""
	}
}

// embedded reports whether another site's page loads something from this one. Links to this
// page are allowed.
func embedded(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	default:
		return r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
	}
}

// maxForm is enough for a token.
const maxForm = 4 << 10

// withToken refuses a request that does not come from a form of this page.
func (p *page) withToken(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "the form cannot be read", http.StatusBadRequest)
			return
		}
		if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(p.token)) != 1 {
			http.Error(w, "the token is missing, or it is from before listen was restarted: load the page again", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}
