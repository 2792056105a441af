package webhooktest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// In a real test these are the application's own.
var (
	secret, previousSecret = webhooktest.NewSecret(), webhooktest.NewSecret()

	app = webhook.MustNew(secret, webhook.WithPreviousSecrets(previousSecret)).
		Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d, _ := webhook.FromContext(r.Context())
			_, _ = fmt.Fprintf(w, "%d bytes, secret %d", len(d.Body), d.SecretIndex) // the client may be gone
		}))

	body = []byte(`{"event":"message.created","roomId":"room-7","message":{}}`)
)

// An accepted delivery.
func ExampleNewRequest() {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, webhooktest.NewRequest("/webhooks/sendsar", secret, body))
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 58 bytes, secret 0
}

// A forged delivery, signed with another secret.
func ExampleNewRequest_forged() {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, webhooktest.NewRequest("/webhooks/sendsar", webhooktest.NewSecret(), body))
	fmt.Print(w.Code, " ", w.Body)
	// Output: 401 invalid signature
}

// A delivery that arrives during a rotation, signed with the previous secret.
func ExampleNewRequest_rotation() {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, webhooktest.NewRequest("/webhooks/sendsar", previousSecret, body))
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 58 bytes, secret 1
}

// To test an unsigned delivery, or any other header, change the request's header.
func ExampleNewRequest_unsigned() {
	r := webhooktest.NewRequest("/webhooks/sendsar", secret, body)
	r.Header.Del(webhook.SignatureHeader)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output: 401 invalid signature
}

// To send a delivery over the network, use a URL as target.
func ExampleNewRequest_client() {
	server := httptest.NewServer(app)
	defer server.Close()

	res, err := http.DefaultClient.Do(webhooktest.NewRequest(server.URL+"/webhooks/sendsar", secret, body))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = res.Body.Close() }() // its body was read
	answer, err := io.ReadAll(res.Body)
	fmt.Print(res.StatusCode, " ", string(answer), " ", err)
	// Output: 200 58 bytes, secret 0 <nil>
}

// A conformance test of an adapter, here the net/http middleware. An adapter with an
// ErrorHandler must also handle r.OnRefusal.
func ExampleRun() {
	testConformance := func(t *testing.T) { // in a test file: func TestConformance(t *testing.T)
		webhooktest.Run(t, func(t *testing.T, r webhooktest.Receiver) (baseURL string) {
			handle := func(w http.ResponseWriter, req *http.Request) {
				delivery, verified := webhook.FromContext(req.Context())
				_, _ = io.WriteString(w, r.Handle(webhooktest.Request{ // Run notices a missing answer
					Delivery: delivery,
					Verified: verified,
					Body:     func() ([]byte, error) { return io.ReadAll(req.Body) },
					Form:     req.FormValue,
					JSON:     func(into any) error { return json.NewDecoder(req.Body).Decode(into) },
				}))
			}
			mux := http.NewServeMux()
			mux.Handle("POST "+r.Path, r.Verifier.Middleware(http.HandlerFunc(handle)))
			careless := func(w http.ResponseWriter, req *http.Request) {
				if r.Alter != nil {
					req.Body = io.NopCloser(r.Alter(req.Body))
				}
				mux.ServeHTTP(w, req)
			}
			server := httptest.NewServer(http.HandlerFunc(careless))
			t.Cleanup(server.Close)
			return server.URL
		})
	}
	_ = testConformance // package testing runs it
}

// Declare what a framework does before the adapter gets the request: the case, the outcome as
// the failing case printed it, and the reason.
func ExampleRun_differences() {
	var start func(t *testing.T, r webhooktest.Receiver) (baseURL string) // as above
	testConformance := func(t *testing.T) {
		webhooktest.Run(t, start, webhooktest.Difference{
			Case:    "early refusal/unsigned, chunked, 0 bytes of the body sent",
			Outcome: "no answer, handled 0",
			Reason:  "the framework reads the body before any middleware runs",
		})
	}
	_ = testConformance
}

// A delivery that `sendsar-webhook listen -save` saved.
func ExampleLoad() {
	r, err := webhooktest.Load("testdata/message.created.http")
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	webhook.MustNew("whsec_80cfe540e2c9c1652a9cc89d07d019921e178431e1ce13e1").
		Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d, _ := webhook.FromContext(r.Context())
			event, _ := d.Event() // this one is an event
			_, _ = fmt.Fprint(w, r.URL.Path, " ", event.Type)
		})).ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 /webhooks/sendsar message.created
}
