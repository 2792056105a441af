package webhooktest

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// suite is one Run.
type suite struct {
	t                 *testing.T
	start             func(t *testing.T, r Receiver) string
	known             []Difference
	secret            string
	previous          string
	patience          time.Duration
	receivers         map[receiverKind]*receiver
	difference        *Difference // of the case that plays, if one is declared
	rejection         *response   // the first 401, which every other one must equal
	errorHandlerCalls *int        // for the first refusal, and so for every other one
}

func newSuite(t *testing.T, start func(t *testing.T, r Receiver) string, known []Difference) *suite {
	return &suite{
		t: t, start: start, known: known, secret: NewSecret(), previous: NewSecret(), patience: patience,
		receivers: make(map[receiverKind]*receiver),
	}
}

// maxBody is the limit of the receivers: above what net/http would read of a refused
// body (256 KiB), and no power of two.
const maxBody = 300_000

// receiverKind is everything in which the receivers of a Run differ.
type receiverKind struct {
	limit     int64
	alter     string
	onRefusal OnRefusal
}

var standard = receiverKind{limit: maxBody}

// receiver is a running Receiver.
type receiver struct {
	addr   string
	path   string
	record *record
}

// receiver starts one of a kind at its first use. It may end the test.
func (s *suite) receiver(kind receiverKind) *receiver {
	s.t.Helper()
	if r := s.receivers[kind]; r != nil {
		return r
	}
	r := &receiver{path: "/webhooks/sendsar", record: newRecord()}
	verifier, err := webhook.New(s.secret, webhook.WithPreviousSecrets(s.previous),
		webhook.WithMaxBodyBytes(kind.limit), webhook.WithObserver(r.record.observe))
	if err != nil {
		s.t.Fatal(err)
	}
	base := s.start(s.t, Receiver{
		Path:         r.path,
		Verifier:     verifier,
		MaxBodyBytes: kind.limit,
		Alter:        alterations[kind.alter],
		OnRefusal:    kind.onRefusal,
		Refused:      r.record.refused,
		Handle:       r.record.handle,
	})
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.Port() == "" || strings.Trim(u.Path, "/") != "" {
		s.t.Fatalf("start returned %q, which is not a base URL such as \"http://127.0.0.1:34567\"", base)
	}
	r.addr = u.Host
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		s.t.Fatalf("start returned %q, and nothing listens there: %v", base, err)
	}
	_ = conn.Close() // nothing was sent
	s.receivers[kind] = r
	return r
}
