package webhooktest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// run is one run of a Suite.
type run struct {
	Suite
	t          *testing.T
	keys       keys
	patience   time.Duration
	receivers  map[kind]*receiver
	log        *journal
	rules      rules
	atStart    []string // problems while the receivers started
	played     int      // number of cases
	unanswered int      // number of cases that waited in vain
}

// keys are the secrets of a run.
type keys struct{ secret, previous, another, outer string }

// receiver is a running Receiver.
type receiver struct {
	addr, path, open string
	recorder         *recorder
	withoutNew       bool // start ignores Receiver.Secret
	adds             bool // appends an answer to the body of an earlier middleware
}

func newRun(t *testing.T, s Suite) *run {
	k := keys{NewSecret(), NewSecret(), NewSecret(), NewSecret()}
	return &run{
		Suite: s, t: t, keys: k, patience: patience, receivers: make(map[kind]*receiver), log: new(journal),
		rules: rules{secrets: []string{k.secret, k.previous, k.another, k.outer}},
	}
}

// to returns the target for the messages of a case.
func (s *run) to(r *receiver, id string) target {
	return target{
		addr: r.addr, path: r.path, open: r.open, id: id,
		secret: s.keys.secret, previous: s.keys.previous, outer: s.keys.outer,
	}
}

// receiver returns the receiver of a kind, and starts it at the first call. It may end the
// test.
func (s *run) receiver(k kind) *receiver {
	s.t.Helper()
	if r := s.receivers[k]; r != nil {
		return r
	}
	r := &receiver{path: "/webhooks/sendsar", open: "/webhooks/open", recorder: newRecorder()}
	s.log.turn()
	r.addr = s.listen(s.Start(s.t, s.ask(r, k)))
	if problem := s.rules.showsSecret(s.log.text()); problem != "" && len(s.atStart) == 0 {
		s.atStart = append(s.atStart, "when the adapter was made, the log showed "+problem)
	}
	s.receivers[k] = r
	if k == standard || k.made == byNew || k.earlierBody != "" {
		o := s.probe(r)
		r.withoutNew = len(o.responses) != 1 || o.responses[0].status != http.StatusOK
		r.adds = k.earlierBody != "" && !r.withoutNew && strings.HasPrefix(o.responses[0].body, k.earlierBody)
	}
	return r
}

// probe sends a genuine delivery and returns the result.
func (s *run) probe(r *receiver) observed {
	r.recorder.begin(probe, probe, script{})
	return s.client(r, nil).converse(all([]message{s.to(r, probe).genuine(sample)}))
}

// probe is the ID of a genuine delivery that shows which features a receiver has.
const probe = "probe"

// ask returns the Receiver that start must bring up.
func (s *run) ask(r *receiver, k kind) Receiver {
	options := slices.Insert(r.options(k), 0, webhook.WithPreviousSecrets(s.keys.previous))
	ask := Receiver{
		Path:          r.path,
		Methods:       []string{http.MethodPost},
		OpenPath:      r.open,
		Verifier:      s.verifier(s.keys.secret, options...),
		MaxBodyBytes:  k.limit,
		ReadTimeout:   k.readTimeout,
		Log:           s.log,
		Alter:         alterations[k.alter],
		EarlierStatus: k.earlierStatus,
		EarlierBody:   k.earlierBody,
		Returned:      r.recorder.returned,
		OnRefusal:     k.onRefusal,
		Refused:       r.recorder.refused,
		Handle:        r.recorder.handle,
	}
	if k.handler {
		ask.Handler = r.recorder.deliver
	}
	if k.made != "" { // start must not use this one, so it accepts no message
		ask.Verifier = s.verifier(s.keys.another, webhook.WithMaxBodyBytes(k.limit))
	}
	switch k.made {
	case byNew:
		ask.Secret, ask.Options = s.keys.secret, options
	case byVerifierFor:
		ask.VerifierFor = r.recorder.pick
	}
	if k.skipper {
		ask.Skipper = r.recorder.skip
	}
	if k.outer {
		ask.Outer = s.verifier(s.keys.outer, webhook.WithPreviousSecrets(s.keys.secret), webhook.WithMaxBodyBytes(k.limit))
	}
	if k.context {
		ask.Context = r.recorder.mark
	}
	if k.allMethods {
		ask.Methods = slices.Clone(methods)
	}
	return ask
}

// options returns the options that the Verifiers of a receiver share.
func (r *receiver) options(k kind) []webhook.Option {
	return []webhook.Option{
		webhook.WithMaxBodyBytes(k.limit), webhook.WithAccount(accountName), webhook.WithObserver(r.recorder.observe),
	}
}

func (s *run) verifier(secret string, options ...webhook.Option) *webhook.Verifier {
	v, err := webhook.New(secret, options...)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// listen checks the base URL that start returned, and returns its address.
func (s *run) listen(base string) (addr string) {
	s.t.Helper()
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.Port() == "" || strings.Trim(u.Path, "/") != "" {
		s.t.Fatalf("start returned %q, which is not a base URL such as \"http://127.0.0.1:34567\"", base)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		s.t.Fatalf("start returned %q, and nothing listens there: %v", base, err)
	}
	_ = conn.Close() // nothing was sent
	return u.Host
}

// named reports whether start sets Request.ID. The standard receiver must have been started.
func (s *run) named() bool {
	r := s.receivers[standard]
	r.recorder.mu.Lock()
	defer r.recorder.mu.Unlock()
	return !r.recorder.unnamed
}

// skips returns why a case is not for this start, or "".
func (s *run) skips(c testCase) string {
	switch {
	case c.kind.handler && s.NoHandle:
		return "Suite.NoHandle is set"
	case c.kind.onRefusal > OnlyLog && s.NoErrorHandler:
		return "Suite.NoErrorHandler is set"
	case s.named():
		return ""
	}
	switch {
	case c.named:
		return "start does not set Request.ID, so it does not know what this case needs either"
	case c.kind.made == byNew && s.receivers[c.kind].withoutNew:
		return "start does not use Receiver.Secret"
	}
	return ""
}

func (s *run) client(r *receiver, d *Difference) client {
	c := client{addr: r.addr, patience: s.patience, keepOpen: s.DropsHalfClosed}
	if s.unanswered >= 3 {
		c.patience = min(hurry, s.patience)
	}
	if d != nil {
		c.leaveOpen = d.staysOpenAfter
	}
	return c
}

// play plays a case and returns everything that was observed.
func (s *run) play(c testCase, d *Difference) observed {
	r := s.receiver(c.kind)
	side := c.script
	for _, one := range c.accounts {
		side.choices = append(side.choices, s.choice(r, c.kind, one))
	}
	s.played++
	id := "case-" + strconv.Itoa(s.played)
	r.recorder.begin(id, c.fullName(), side)
	s.log.turn()
	to, client := s.to(r, id), s.client(r, d)
	client.keepOpen = client.keepOpen || c.stay
	var o observed
	if c.play != nil {
		o = c.play(player{client, func(i inspect) { r.recorder.begin(id, c.fullName(), script{inspect: i}) }}, to)
	} else {
		sending := all(c.send(to))
		sending.hold = c.hold
		o = client.converse(sending)
	}
	o.happened = r.recorder.end()
	o.failures = s.log.failures()
	if r.adds {
		o.responses = without(c.kind.earlierBody, o.responses)
	}
	if len(o.about) > 0 {
		o.seen = slices.DeleteFunc(o.seen, func(one seen) bool { return !bytes.HasPrefix(one.body, o.about) })
		o.looks = slices.DeleteFunc(o.looks, func(one look) bool { return one.verified && !bytes.HasPrefix(one.delivery.Body, o.about) })
	}
	if o.open && d == nil {
		s.unanswered++
	}
	return o
}

// choice returns the Verifier of an account.
func (s *run) choice(r *receiver, k kind, of account) *webhook.Verifier {
	options := r.options(k)
	switch of {
	case another:
		return s.verifier(s.keys.another, options...)
	case outdated:
		return s.verifier(s.keys.another, append(options, webhook.WithPreviousSecrets(s.keys.previous))...)
	case zero:
		return new(webhook.Verifier)
	case unknown:
		return nil
	default:
		return s.verifier(s.keys.secret, append(options, webhook.WithPreviousSecrets(s.keys.previous))...)
	}
}

// judgement has the problem of a case, or "", and the difference that would excuse it.
type judgement struct {
	problem string
	excuse  *Difference
}

// judge plays a case and judges the result.
func (s *run) judge(c testCase) judgement {
	d := s.differenceFor(c)
	o := s.play(c, d)
	logged := s.log.text()
	problem, broken := o.problem, s.rules.broken(o, logged)
	if problem == "" {
		problem = firstProblem(c.want.holds(o), s.optional(c, o), broken)
	}
	excuse := &Difference{Case: c.fullName(), Outcome: o.outcome()}
	switch {
	case d == nil && problem == "":
		return judgement{}
	case d == nil && broken == "" && s.isOfNetHTTP(c, o):
		return judgement{}
	case d == nil && broken == "":
		return judgement{s.rules.report(c, o, problem, logged), excuse}
	case d == nil:
		return judgement{s.rules.report(c, o, problem, logged), nil}
	case broken != "":
		return judgement{s.rules.report(c, o, broken, logged), nil}
	case !slices.Contains(d.outcomes(), o.outcome()):
		if problem == "" {
			return judgement{s.stale(d), nil}
		}
		return judgement{s.rules.report(c, o, fmt.Sprintf("declared as a difference with the outcome %q: %s", d.Outcome, problem), logged), excuse}
	case problem == "" && len(d.outcomes()) == 1:
		return judgement{s.stale(d), nil}
	default:
		return judgement{}
	}
}

func (s *run) differenceFor(c testCase) *Difference {
	if i := slices.IndexFunc(s.Differences, func(d Difference) bool { return d.is(c.fullName()) }); i >= 0 {
		return &s.Differences[i]
	}
	return nil
}

func (s *run) stale(d *Difference) string {
	return s.rules.mask(fmt.Sprintf("declared as a difference (%s), and does not differ any more: remove the declaration", d.Reason))
}

// optional checks the features that an adapter may lack.
func (s *run) optional(c testCase, o observed) string {
	if c.kind.handler && o.handles > 0 {
		return "Receiver.Handler was set, and Handle was called (set Suite.NoHandle if the adapter has no Handle)"
	}
	if c.want.skippable && s.Skipper && o.skips == 0 {
		return "Skipper was not called"
	}
	if c.want.refusal == nil || c.kind.onRefusal == Default {
		return ""
	}
	calls := len(o.errs)
	lacking := s.NoErrorHandler || !s.named()
	switch {
	case calls > 1:
		return fmt.Sprintf("the ErrorHandler was called %d times", calls)
	case calls == 0 && !lacking:
		return "the ErrorHandler was not called (set Suite.NoErrorHandler if the adapter's Config has none)"
	case calls == 1 && !errors.Is(o.errs[0], c.want.refusal):
		return fmt.Sprintf("the ErrorHandler got %q, not %q", o.errs[0], c.want.refusal)
	}
	return s.rules.alwaysOrNever(calls)
}

// isOfNetHTTP reports whether net/http caused this outcome of a case: net/http is known for
// it, and a genuine delivery shows that net/http serves this receiver.
func (s *run) isOfNetHTTP(c testCase, o observed) bool {
	if netHTTP[c.fullName()] != o.outcome() {
		return false
	}
	r := s.receiver(c.kind)
	s.probe(r)
	return r.recorder.byNetHTTP()
}
