// Package page shows the deliveries that listen received on a local web page. Every part of a
// delivery may be hostile, so it is shown as text. The page runs only its own script and loads
// only its own style.
package page

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strconv"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// Config is what the page shows, and what it can do.
type Config struct {
	// Log has the deliveries. It is required.
	Log *received.Log

	// Redact returns a function that removes secrets from text. For a refused delivery the
	// function also removes the signatures that the delivery should have had. For text that
	// belongs to no delivery, Redact gets the zero Delivery. The function is applied to all
	// that is shown of a delivery and of its answer, and to the curl command, but not to the
	// saved file, which has the exact bytes. Redact must be safe for concurrent use. Nil
	// removes nothing.
	Redact func(received.Delivery) func(string) string

	// Again sends a delivery again and returns the ID of the new one. It must be safe for
	// concurrent use. Nil means that there is no app to send it to.
	Again func(ctx context.Context, id int) (newID int, err error)

	// App is the URL of the app; empty if there is none.
	App string

	// AppURL returns the URL that a delivery with this target is forwarded to. Nil means that
	// there is no app.
	AppURL func(target string) string

	// Address is where deliveries are received, for example 127.0.0.1:8080.
	Address string
}

//go:embed assets
var assets embed.FS

var templates = template.Must(template.New("page").Funcs(template.FuncMap{"bytes": newBytes}).ParseFS(assets, "assets/*.html"))

type page struct {
	Config
	process string // differs each time that listen starts
	token   string
}

// clean removes secrets from text that belongs to no delivery.
func (p *page) clean(text string) string { return p.Redact(received.Delivery{})(text) }

// New returns the handler of the page. It serves only requests for a loopback address, which
// the caller must listen on. A connection to /events lasts until the browser closes it, or
// until the request's context ends: http.Server.Shutdown alone would wait for it.
func New(c Config) (http.Handler, error) {
	if c.Log == nil {
		return nil, errors.New("page: no Log")
	}
	if c.Redact == nil {
		c.Redact = func(received.Delivery) func(string) string { return func(text string) string { return text } }
	}
	p := &page{Config: c, process: rand.Text(), token: rand.Text()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.showList)
	mux.HandleFunc("GET /deliveries/{id}", p.with(p.showDelivery))
	mux.HandleFunc("GET /deliveries/{id}/curl", p.with(p.curl))
	mux.HandleFunc("GET /deliveries/{id}/file", p.with(p.file))
	mux.HandleFunc("POST /deliveries/{id}/again", p.withToken(p.with(p.again)))
	mux.HandleFunc("GET /events", p.events)
	mux.HandleFunc("GET /script.js", asset("script.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /style.css", asset("style.css", "text/css; charset=utf-8"))
	return guard(mux), nil
}

// with calls next with the delivery that the path names.
func (p *page) with(next func(http.ResponseWriter, *http.Request, received.Delivery)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		d, ok := p.Log.Get(id)
		if !ok {
			p.render(w, http.StatusNotFound, p.view(nil, notice{Text: "Delivery " + strconv.Itoa(id) +
				" is not here: only the newest deliveries are kept, and only while listen runs."}))
			return
		}
		next(w, r, d)
	}
}

func (p *page) showList(w http.ResponseWriter, _ *http.Request) {
	p.render(w, http.StatusOK, p.view(nil, notice{}))
}

func (p *page) showDelivery(w http.ResponseWriter, _ *http.Request, d received.Delivery) {
	p.render(w, http.StatusOK, p.view(&d, notice{}))
}

func (p *page) render(w http.ResponseWriter, status int, v view) {
	var html bytes.Buffer
	if err := templates.ExecuteTemplate(&html, "page.html", v); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(html.Bytes())
}

func asset(name, contentType string) http.HandlerFunc {
	content, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(content)
	}
}
