package page

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// again sends a delivery again and redirects to the new one.
func (p *page) again(w http.ResponseWriter, r *http.Request, d received.Delivery) {
	if p.Again == nil {
		p.render(w, http.StatusConflict, p.view(&d, notice{Text: noApp}))
		return
	}
	id, err := p.Again(r.Context(), d.ID)
	if err != nil {
		p.render(w, http.StatusBadGateway, p.view(&d, notice{
			Text: fmt.Sprintf("Delivery %d was not sent again:", d.ID), Cause: visible(p.clean(err.Error())),
		}))
		return
	}
	http.Redirect(w, r, "/deliveries/"+strconv.Itoa(id), http.StatusSeeOther)
}

// curl writes the curl command for the clipboard, redacted like everything that is shown.
func (p *page) curl(w http.ResponseWriter, _ *http.Request, d received.Delivery) {
	safe, _ := redact(d, p.Redact(d))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, safe.Curl(p.clean(p.target(d)))+"\n")
}

// target returns the URL that a delivery can be sent to: the app, or else listen itself.
func (p *page) target(d received.Delivery) string {
	if p.AppURL != nil {
		return p.AppURL(d.Target)
	}
	target := d.Target
	if !strings.HasPrefix(target, "/") {
		target = "/" // "*" or an absolute URL
		if absolute, err := url.Parse(d.Target); err == nil && absolute.Host != "" {
			target = absolute.RequestURI()
		}
	}
	return "http://" + p.Address + target
}

// file writes the delivery as a file that can be replayed.
func (p *page) file(w http.ResponseWriter, r *http.Request, d received.Delivery) {
	name := fmt.Sprintf("delivery-%06d-%s.http", d.ID, d.At.UTC().Format("20060102T150405.000Z"))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(d.File()))
}
