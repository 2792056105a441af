package webhook_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// deliverAndPrint sends a signed body as Sendsar does and prints the answer.
func deliverAndPrint(handler http.Handler, path, secret, body string) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(secret, []byte(body)))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

// acknowledge is in the place of a handler that stores the event and then answers 2xx.
func acknowledge(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// exampleLogger prints no time, so that the output is always the same.
func exampleLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// A whole receiver: the secret is checked at start-up, slow clients meet timeouts, and
// the answer is 2xx only once the event is stored.
func Example() {
	verifier, err := webhook.New(exampleSecret)
	if err != nil {
		log.Fatal(err) // tells what is wrong with the secret, never shows it
	}
	store := func(_ context.Context, _ webhook.Delivery) error { return nil } // your database

	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/sendsar", verifier.Middleware(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			delivery, ok := webhook.FromContext(r.Context())
			if !ok { // mounted without the middleware
				http.Error(w, "internal server error", http.StatusInternalServerError)
				return
			}
			if err := store(r.Context(), delivery); err != nil {
				http.Error(w, "internal server error", http.StatusInternalServerError)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})))
	server := &http.Server{
		Addr:              "127.0.0.1:8080",
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
	}
	// In a program: log.Fatal(server.ListenAndServe())

	deliverAndPrint(server.Handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(server.Handler, "/webhooks/sendsar", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output:
	// 204
	// 401 invalid signature
}

// One line verifies an endpoint. A bad secret panics at start-up.
func ExampleVerifier_Middleware() {
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/sendsar",
		webhook.MustNew(exampleSecret).Middleware(http.HandlerFunc(acknowledge)))

	deliverAndPrint(mux, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Output: 204
}

// A group of routes behind one Verifier. The path is not signed: whoever recorded a
// delivery to one of them can send it to the others.
func ExampleVerifier_Middleware_group() {
	webhooks := http.NewServeMux()
	webhooks.HandleFunc("POST /webhooks/sendsar", acknowledge)
	webhooks.HandleFunc("POST /webhooks/sendsar/audit", acknowledge)

	mux := http.NewServeMux()
	mux.Handle("/webhooks/", webhook.MustNew(exampleSecret).Middleware(webhooks))

	deliverAndPrint(mux, "/webhooks/sendsar/audit", exampleSecret, exampleBody)
	deliverAndPrint(mux, "/webhooks/sendsar/audit", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output:
	// 204
	// 401 invalid signature
}

// While a rotation settles, deliveries arrive under either secret. An empty previous
// secret, of a variable that is not set, is skipped.
func ExampleWithPreviousSecrets() {
	verifier, err := webhook.New(exampleSecret, webhook.WithPreviousSecrets(exampleOldSecret))
	if err != nil {
		log.Fatal(err)
	}
	handler := verifier.Middleware(http.HandlerFunc(acknowledge))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(handler, "/webhooks/sendsar", exampleOldSecret, exampleBody)
	// Output:
	// 204
	// 204
}

// Secrets that change while the program runs: load swaps the Verifier, and no request
// sees half of a change.
func ExampleMiddlewareFor() {
	var current atomic.Pointer[webhook.Verifier]
	load := func(secret string, previous ...string) error {
		verifier, err := webhook.New(secret, webhook.WithPreviousSecrets(previous...))
		if err != nil {
			return err // the Verifier before stays in use
		}
		current.Store(verifier)
		return nil
	}
	if err := load(exampleOldSecret); err != nil { // before the server starts
		log.Fatal(err)
	}
	handler := webhook.MiddlewareFor(func(*http.Request) *webhook.Verifier {
		return current.Load()
	})(http.HandlerFunc(acknowledge))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	if err := load(exampleSecret, exampleOldSecret); err != nil {
		slog.Error("webhook secrets not reloaded", "error", err)
	}
	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Output:
	// 401 invalid signature
	// 204
}

// Several accounts on one endpoint: each has a Verifier of its own, so that none can
// sign for another. An unknown account is a nil Verifier, and is refused.
func ExampleMiddlewareFor_accounts() {
	verifiers := map[string]*webhook.Verifier{ // not written to any more once requests come
		"acme":   webhook.MustNew("whsec_27349aea00d3ef4bd859350f56b58eb83aeb3a21f28be3af"),
		"globex": webhook.MustNew("whsec_5f20b190fa500a689e2ee4d0a659e6d5997165c44a36e397"),
	}
	verified := webhook.MiddlewareFor(func(r *http.Request) *webhook.Verifier {
		return verifiers[r.PathValue("account")]
	})
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/sendsar/{account}", verified(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			fmt.Println("a delivery for", r.PathValue("account"))
			w.WriteHeader(http.StatusNoContent)
		})))

	deliverAndPrint(mux, "/webhooks/sendsar/acme", "whsec_27349aea00d3ef4bd859350f56b58eb83aeb3a21f28be3af", exampleBody)
	deliverAndPrint(mux, "/webhooks/sendsar/acme", "whsec_5f20b190fa500a689e2ee4d0a659e6d5997165c44a36e397", exampleBody)
	deliverAndPrint(mux, "/webhooks/sendsar/nobody", "whsec_27349aea00d3ef4bd859350f56b58eb83aeb3a21f28be3af", exampleBody)
	// Output:
	// a delivery for acme
	// 204
	// 401 invalid signature
	// 401 invalid signature
}

// VerifyRequest is for an answer of your own. The status and the text come from the
// package: the error itself is for the log only.
func ExampleVerifier_VerifyRequest() {
	verifier, err := webhook.New(exampleSecret)
	if err != nil {
		log.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, err := verifier.VerifyRequest(w, r)
		if err != nil {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(webhook.StatusCode(err))
			if err := json.NewEncoder(w).Encode(map[string]string{"title": webhook.PublicMessage(err)}); err != nil {
				slog.Warn("answer not sent", "error", err)
			}
			return // never go on after an error
		}
		fmt.Println("verified", len(delivery.Body), "bytes")
		w.WriteHeader(http.StatusNoContent)
	})

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(handler, "/webhooks/sendsar", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output:
	// verified 70 bytes
	// 204
	// 401 {"title":"invalid signature"}
}

// Verify is for a body that is in memory already, exactly as it came: in a serverless
// function, for example.
func ExampleVerifier_Verify() {
	verifier, err := webhook.New(exampleSecret)
	if err != nil {
		log.Fatal(err)
	}
	body, signature := []byte(exampleBody), webhook.Sign(exampleSecret, []byte(exampleBody))

	fmt.Println(verifier.Verify(body, signature))
	fmt.Println(verifier.Verify(append(body, '\n'), signature))
	// Output:
	// <nil>
	// webhook: signature does not match the body
}

// An observer that logs every refusal. The client sees one text for all of them; the
// log tells the reason.
func ExampleWithObserver() {
	logger := exampleLogger()
	verifier, err := webhook.New(exampleSecret,
		webhook.WithObserver(func(ctx context.Context, _ webhook.Delivery, err error) {
			if err == nil {
				return
			}
			level := slog.LevelWarn
			if webhook.StatusCode(err) >= http.StatusInternalServerError {
				level = slog.LevelError // our own side, not the client's
			}
			logger.LogAttrs(ctx, level, "delivery refused",
				slog.String("reason", webhook.Reason(err)), slog.String("error", err.Error()))
		}))
	if err != nil {
		log.Fatal(err)
	}
	handler := verifier.Middleware(http.HandlerFunc(acknowledge))

	deliverAndPrint(handler, "/webhooks/sendsar", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output:
	// level=WARN msg="delivery refused" reason=signature_mismatch error="webhook: signature does not match the body"
	// 401 invalid signature
}

// An observer that counts: refusals by their reason, and the deliveries that only the
// previous secret verified. When the latter stays still, the rotation is over.
func ExampleWithObserver_counters() {
	var (
		mu     sync.Mutex
		counts = make(map[string]int) // stands for your metrics library
	)
	count := func(name string) {
		mu.Lock()
		defer mu.Unlock()
		counts[name]++
	}
	verifier, err := webhook.New(exampleSecret,
		webhook.WithPreviousSecrets(exampleOldSecret),
		webhook.WithObserver(func(_ context.Context, d webhook.Delivery, err error) {
			switch {
			case err != nil:
				count("refused_" + webhook.Reason(err))
			case d.SecretIndex > 0:
				count("verified_previous_secret")
			default:
				count("verified")
			}
		}))
	if err != nil {
		log.Fatal(err)
	}
	handler := verifier.Middleware(http.HandlerFunc(acknowledge))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(handler, "/webhooks/sendsar", exampleOldSecret, exampleBody)
	deliverAndPrint(handler, "/webhooks/sendsar", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	fmt.Println(counts)
	// Output:
	// 204
	// 204
	// 401 invalid signature
	// map[refused_signature_mismatch:1 verified:1 verified_previous_secret:1]
}

// A body over the limit is refused, genuine or not.
func ExampleWithMaxBodyBytes() {
	verifier, err := webhook.New(exampleSecret, webhook.WithMaxBodyBytes(64<<10))
	if err != nil {
		log.Fatal(err)
	}
	handler := verifier.Middleware(http.HandlerFunc(acknowledge))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, strings.Repeat("x", 64<<10+1))
	// Output:
	// 204
	// 413 request body too large
}

// Whatever was signed is acknowledged: an event of another type, and a body that is no
// event too.
func ExampleDelivery_Event() {
	handle := func(w http.ResponseWriter, r *http.Request) {
		delivery, ok := webhook.FromContext(r.Context())
		if !ok {
			http.Error(w, "internal server error", http.StatusInternalServerError)
			return
		}
		event, err := delivery.Event()
		switch {
		case err != nil:
			slog.Warn("delivery is no event", "error", err)
		case event.Type == webhook.EventMessageCreated:
			fmt.Println("a message in", event.RoomID) // store it
		default:
			fmt.Println("nothing to do")
		}
		w.WriteHeader(http.StatusNoContent)
	}
	handler := webhook.MustNew(exampleSecret).Middleware(http.HandlerFunc(handle))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, `{"event":"console.test","roomId":"console-test"}`)
	// Output:
	// a message in room-7
	// 204
	// nothing to do
	// 204
}

// A recorded delivery verifies again. The body's hash as a unique key, written in the
// transaction of the effect, makes it take effect once.
func ExampleDelivery() {
	// CREATE TABLE sendsar_delivery (sha256 BYTEA PRIMARY KEY)
	storeOnce := func(ctx context.Context, db *sql.DB, d webhook.Delivery) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // does nothing after Commit

		sum := sha256.Sum256(d.Body)
		result, err := tx.ExecContext(ctx,
			"INSERT INTO sendsar_delivery (sha256) VALUES ($1) ON CONFLICT DO NOTHING", sum[:])
		if err != nil {
			return err
		}
		inserted, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if inserted == 0 {
			return nil // seen before: acknowledge it, and do nothing
		}
		// The effect comes here, through tx.
		return tx.Commit()
	}
	_ = storeOnce // called by the handler, which answers 2xx only if it returned nil
}

// In a handler's test, Sign makes the header that Sendsar would send.
func ExampleSign() {
	handler := webhook.MustNew(exampleSecret).Middleware(http.HandlerFunc(acknowledge))

	body := `{"event":"call.missed","roomId":"room-7"}`
	r := httptest.NewRequestWithContext(context.Background(), // in a test: t.Context()
		http.MethodPost, "/webhooks/sendsar", strings.NewReader(body))
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(exampleSecret, []byte(body)))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)

	fmt.Println(w.Code)
	// Output: 204
}

// A handler can be tested without the middleware: the Delivery is put where it looks.
func ExampleNewContext() {
	handle := func(w http.ResponseWriter, r *http.Request) {
		delivery, ok := webhook.FromContext(r.Context())
		if !ok {
			http.Error(w, "internal server error", http.StatusInternalServerError)
			return
		}
		fmt.Println("verified", len(delivery.Body), "bytes")
		w.WriteHeader(http.StatusNoContent)
	}

	ctx := webhook.NewContext(context.Background(), webhook.Delivery{Body: []byte(exampleBody)})
	w := httptest.NewRecorder()
	handle(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/webhooks/sendsar", nil))
	fmt.Println(w.Code)
	// Output:
	// verified 70 bytes
	// 204
}

// A program loads its secrets from the environment or a secret store.
const (
	exampleSecret    = "whsec_26f5f1b965779e95dec35b7a8edb053c31aa4c8e1b6dd010"
	exampleOldSecret = "whsec_067a8be2c10fc3b8d12d60aa74a394106f9314bd90634af6"
)

const exampleBody = `{"event":"message.created","roomId":"room-7","message":{"id":"msg_1"}}`
