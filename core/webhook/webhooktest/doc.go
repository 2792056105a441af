// Package webhooktest makes signed requests for tests of webhook handlers, and holds
// the conformance suite that every adapter of package webhook passes.
//
// # Testing a handler
//
// [NewRequest] is a delivery as Sendsar sends it; [NewSecret] a secret made up for the
// test:
//
//	secret := webhooktest.NewSecret()
//	r := webhooktest.NewRequest("/webhooks/sendsar", secret, body)
//	handler.ServeHTTP(httptest.NewRecorder(), r)
//
// Signed with another secret it is a forged delivery, signed with the one given to
// webhook.WithPreviousSecrets it is one that arrives during a rotation.
//
// # Testing an adapter
//
// [Run] sends hostile and genuine traffic over TCP to a receiver that uses the adapter,
// and tells what does not behave as package webhook documents. An adapter for another
// framework is done when Run passes.
package webhooktest
