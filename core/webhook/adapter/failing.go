package adapter

import (
	"context"
	"fmt"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// FailingReader is the body of a request that must not be verified: each Read returns Err,
// which becomes the refusal.
type FailingReader struct{ Err error }

func (r FailingReader) Read([]byte) (int, error) { return 0, r.Err }

var errBehindHandler = fmt.Errorf("%w (the response is already written: the middleware is mounted behind the handler)", webhook.ErrBodyAltered)

// RefuseBehindHandler refuses a request whose response was written before the middleware ran.
// The observers and the logger of v see webhook.ErrBodyAltered, signed or not.
func RefuseBehindHandler(ctx context.Context, v *webhook.Verifier) {
	// Without a well-formed value, an unsigned request would be refused for that.
	wellFormed := func(string) []string { return []string{"sha256=" + strings.Repeat("0", 64)} }
	_, _ = v.VerifyReader(ctx, FailingReader{errBehindHandler}, -1, wellFormed) // always refused
}
