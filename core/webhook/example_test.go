package webhook_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
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

// acknowledge is a placeholder for a handler that stores the event and then answers 2xx.
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

// A complete receiver: verify, log refusals, dispatch, answer. The secret is checked at
// start-up, timeouts limit slow clients, and the answer is 204 only after the event is
// stored.
func Example() {
	verifier, err := webhook.New(exampleSecret, webhook.WithLogger(exampleLogger()))
	if err != nil {
		log.Fatal(err) // says what is wrong with the secret, without showing it
	}
	var events webhook.Mux
	events.On(webhook.EventMessageCreated, func(_ context.Context, e webhook.Event) error {
		fmt.Println("store a message in", e.RoomID)
		return nil // or an error, which is logged and answered with 500
	})
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/sendsar", verifier.Middleware(webhook.Handler(events.Deliver)))
	server := &http.Server{
		Addr:              "127.0.0.1:8080",
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
	}
	// In a program: log.Fatal(server.ListenAndServe())

	deliverAndPrint(server.Handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(server.Handler, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output:
	// store a message in room-7
	// 204
	// level=WARN msg="webhook refused" reason=signature_mismatch error="webhook: signature does not match the body"
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

// A group of routes behind one Verifier. The path is not signed: anyone who recorded a
// delivery to one route can send it to the others.
func ExampleVerifier_Middleware_group() {
	webhooks := http.NewServeMux()
	webhooks.HandleFunc("POST /webhooks/sendsar", acknowledge)
	webhooks.HandleFunc("POST /webhooks/sendsar/audit", acknowledge)

	mux := http.NewServeMux()
	mux.Handle("/webhooks/", webhook.MustNew(exampleSecret).Middleware(webhooks))

	deliverAndPrint(mux, "/webhooks/sendsar/audit", exampleSecret, exampleBody)
	deliverAndPrint(mux, "/webhooks/sendsar/audit", exampleForeignSecret, exampleBody)
	// Output:
	// 204
	// 401 invalid signature
}

// While a rotation settles, deliveries are signed with either secret. An empty previous
// secret, from a variable that is not set, is skipped.
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

// Secrets that change while the program runs: load swaps the Verifier, and each request
// sees either the old one or the new one.
func ExampleMiddlewareFor() {
	var current atomic.Pointer[webhook.Verifier]
	load := func(secret string, previous ...string) error {
		verifier, err := webhook.New(secret, webhook.WithPreviousSecrets(previous...))
		if err != nil {
			return err // the old Verifier stays in use
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

// Several accounts on one endpoint: each has its own Verifier, so that none can sign for
// another. The delivery and the log of a refusal have the account's name. An unknown
// account has a nil Verifier, which refuses the request.
func ExampleMiddlewareFor_accounts() {
	verifiers := make(map[string]*webhook.Verifier) // not written to once requests arrive
	for name, secret := range map[string]string{"acme": exampleSecret, "globex": exampleOldSecret} {
		verifiers[name] = webhook.MustNew(secret, webhook.WithAccount(name), webhook.WithLogger(exampleLogger()))
	}
	verified := webhook.MiddlewareFor(func(r *http.Request) *webhook.Verifier {
		return verifiers[r.PathValue("account")]
	})
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/sendsar/{account}", verified(webhook.Handler(
		func(_ context.Context, d webhook.Delivery) error {
			fmt.Println("a delivery for", d.Account)
			return nil
		})))

	deliverAndPrint(mux, "/webhooks/sendsar/acme", exampleSecret, exampleBody)
	deliverAndPrint(mux, "/webhooks/sendsar/globex", exampleSecret, exampleBody) // acme's secret
	deliverAndPrint(mux, "/webhooks/sendsar/nobody", exampleSecret, exampleBody)
	// Output:
	// a delivery for acme
	// 204
	// level=WARN msg="webhook refused" reason=signature_mismatch error="webhook: signature does not match the body" account=globex
	// 401 invalid signature
	// 401 invalid signature
}

// Use VerifyRequest to write an answer of your own. Take the status and the text from the
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
	deliverAndPrint(handler, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output:
	// verified 70 bytes
	// 204
	// 401 {"title":"invalid signature"}
}

// Use Verify for a body that is already in memory, exactly as it arrived.
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

// AWS Lambda behind a function URL or an HTTP API of API Gateway: the event may carry the
// body as base64. The signature is of the decoded bytes, so decode first. Header names are
// in lower case there (AWS, "Working with AWS Lambda proxy integrations for HTTP APIs",
// payload format 2.0); a REST API's event keeps the sender's spelling.
func ExampleVerifier_Verify_lambda() {
	verifier := webhook.MustNew(exampleSecret) // once, when the function starts
	var events webhook.Mux
	events.On(webhook.EventMessageCreated, func(_ context.Context, e webhook.Event) error {
		fmt.Println("a message in", e.RoomID) // store it
		return nil
	})
	type request struct { // or events.LambdaFunctionURLRequest of github.com/aws/aws-lambda-go
		Headers         map[string]string `json:"headers"`
		Body            string            `json:"body"`
		IsBase64Encoded bool              `json:"isBase64Encoded"`
	}
	type response struct {
		StatusCode int    `json:"statusCode"`
		Body       string `json:"body,omitempty"`
	}
	handle := func(ctx context.Context, r request) (response, error) { // for lambda.Start
		body := []byte(r.Body)
		if r.IsBase64Encoded {
			decoded, err := base64.StdEncoding.DecodeString(r.Body)
			if err != nil {
				return response{}, err
			}
			body = decoded
		}
		if err := verifier.Verify(body, r.Headers["x-webhook-signature"]); err != nil {
			slog.WarnContext(ctx, "webhook refused", "reason", webhook.Reason(err)) // Verify logs nothing itself
			return response{webhook.StatusCode(err), webhook.PublicMessage(err)}, nil
		}
		if err := events.Deliver(ctx, webhook.Delivery{Body: body}); err != nil {
			slog.ErrorContext(ctx, "webhook handler failed", "error", err)
			return response{StatusCode: http.StatusInternalServerError}, nil
		}
		return response{StatusCode: http.StatusNoContent}, nil
	}

	encoded := base64.StdEncoding.EncodeToString([]byte(exampleBody))
	for _, signed := range []string{exampleBody, encoded} { // the second is a mistake: Sendsar does not sign the base64
		answer, err := handle(context.Background(), request{
			Headers:         map[string]string{"x-webhook-signature": webhook.Sign(exampleSecret, []byte(signed))},
			Body:            encoded,
			IsBase64Encoded: true,
		})
		fmt.Println(answer.StatusCode, answer.Body, err)
	}
	// Output:
	// a message in room-7
	// 204  <nil>
	// 401 invalid signature <nil>
}

// The log has the reason of a refusal; the client sees only a short text. In your program,
// use its default logger in place of exampleLogger.
func ExampleWithLogger() {
	handler := webhook.MustNew(exampleSecret, webhook.WithLogger(exampleLogger())).
		Middleware(http.HandlerFunc(acknowledge))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output:
	// level=WARN msg="webhook refused" reason=signature_mismatch error="webhook: signature does not match the body"
	// 401 invalid signature
}

// An observer that counts refusals by their reason, and the deliveries that only the
// previous secret verified. When the latter count stops growing, the rotation is over. For
// OpenTelemetry, package sendsarotel is that observer.
func ExampleWithObserver() {
	var (
		mu     sync.Mutex
		counts = make(map[string]int) // use your metrics library instead
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
	deliverAndPrint(handler, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
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

// Dispatch by the event's type. An event without a function is acknowledged, and so is a
// body that is not an event. If a function fails, the answer is 500, so that Sendsar counts
// the delivery as failed, and slog's default logger logs the error.
func ExampleMux() {
	slog.SetDefault(exampleLogger()) // in a program: once, in main
	var events webhook.Mux
	events.On(webhook.EventMessageCreated, func(_ context.Context, e webhook.Event) error {
		fmt.Println("a message in", e.RoomID) // store it
		return nil
	})
	events.On(webhook.EventCallEnded, func(context.Context, webhook.Event) error {
		return errors.New("the database is away")
	})
	handler := webhook.MustNew(exampleSecret).Middleware(webhook.Handler(events.Deliver))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, `{"event":"console.test","roomId":"console-test"}`)
	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, `{"event":"call.ended","roomId":"room-7"}`)
	// Output:
	// a message in room-7
	// 204
	// 204
	// level=ERROR msg="webhook handler failed" event=call.ended bytes=40 account="" error="the database is away"
	// 500 internal server error
}

// A Handler is one function for all deliveries. It needs no server in a test.
func ExampleHandler() {
	var store webhook.Handler = func(_ context.Context, d webhook.Delivery) error {
		fmt.Println("store", len(d.Body), "bytes")
		return nil
	}

	deliverAndPrint(webhook.MustNew(exampleSecret).Middleware(store), "/webhooks/sendsar", exampleSecret, exampleBody)
	fmt.Println(store(context.Background(), webhook.Delivery{Body: []byte(exampleBody)}))
	// Output:
	// store 70 bytes
	// 204
	// store 70 bytes
	// <nil>
}

// A handler of your own can send other answers than 204 and 500. Acknowledge every signed
// body: an event of another type too, and a body that is not an event.
func ExampleDelivery_Event() {
	handle := func(w http.ResponseWriter, r *http.Request) {
		delivery, ok := webhook.FromContext(r.Context())
		if !ok { // mounted without the middleware
			http.Error(w, "internal server error", http.StatusInternalServerError)
			return
		}
		event, err := delivery.Event() // as JSON, whatever the Content-Type
		if err != nil {
			slog.Warn("delivery is no event", "error", err)
		} else {
			fmt.Println(event) // shows nothing of the message
		}
		w.WriteHeader(http.StatusAccepted)
	}
	handler := webhook.MustNew(exampleSecret).Middleware(http.HandlerFunc(handle))

	deliverAndPrint(handler, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Output:
	// webhook.Event{type message.created of 15 bytes, room of 6, message of 14}
	// 202
}

// A recorded delivery verifies again. To make it take effect once, write the body's hash as
// a unique key in the transaction of the effect.
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
	_ = storeOnce // the handler calls it, and answers 2xx only if it returned nil
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

// To test a handler without the middleware, put a Delivery into the context.
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
	// The secret of another account.
	exampleForeignSecret = "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf"
)

const exampleBody = `{"event":"message.created","roomId":"room-7","message":{"id":"msg_1"}}`
