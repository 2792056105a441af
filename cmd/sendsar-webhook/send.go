package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	maxDeliveries = 1_000_000
	maxAtOnce     = 1_000
)

type sending struct {
	secrets                 secretFlags
	event                   string
	data                    string
	forge, tamper, unsigned bool
	n, atOnce               int
	json                    bool
}

func prepareSend(flags *flag.FlagSet) func(std streams, args []string) (bool, error) {
	var s sending
	s.secrets = defineSecrets(flags)
	flags.StringVar(&s.event, "event", string(webhook.EventConsoleTest), "send this `EVENT`: "+eventNames())
	flags.StringVar(&s.data, "data", "", "send the exact bytes of `FILE` (- for standard input) in place of an event")
	flags.BoolVar(&s.forge, "forge", false, "sign with a secret that nobody has: it must get 401")
	flags.BoolVar(&s.tamper, "tamper", false, "change one byte after signing: it must get 401")
	flags.BoolVar(&s.unsigned, "unsigned", false, "send no signature: it must get 401")
	flags.IntVar(&s.n, "n", 1, fmt.Sprintf("make `N` deliveries, at most %d, each event with an id of its own", maxDeliveries))
	flags.IntVar(&s.atOnce, "c", 1, fmt.Sprintf("make `C` deliveries at a time, at most %d", maxAtOnce))
	flags.BoolVar(&s.json, "json", false, "print one JSON object")
	return func(std streams, args []string) (bool, error) {
		ownData := given(flags, "data")
		if err := oneOf(choice{"-event", given(flags, "event")}, choice{"-data", ownData}); err != nil {
			return false, err
		}
		m, err := s.maker(std, args, ownData)
		if err != nil {
			return false, err
		}
		return s.run(std, m)
	}
}

// maker checks everything before anything is sent.
func (s sending) maker(std streams, args []string, ownData bool) (maker, error) {
	if len(args) != 1 {
		return maker{}, fmt.Errorf("%d arguments: give one URL, like http://127.0.0.1:8080/webhooks/sendsar", len(args))
	}
	if err := s.checkNumbers(); err != nil {
		return maker{}, err
	}
	m := maker{kind: genuine, url: args[0]}
	if err := checkTarget("URL", m.url); err != nil {
		return maker{}, err
	}
	err := oneOf(choice{"-previous", *s.secrets.previous}, choice{"-forge", s.forge},
		choice{"-tamper", s.tamper}, choice{"-unsigned", s.unsigned})
	if err != nil {
		return maker{}, err
	}
	switch {
	case *s.secrets.previous:
		m.kind = previous
	case s.forge:
		m.kind = forged
	case s.tamper:
		m.kind = altered
	case s.unsigned:
		m.kind = unsigned
	}
	if m.kind != forged && m.kind != unsigned {
		if m.secret, err = s.secrets.signer(); err != nil {
			return maker{}, err
		}
	}
	m.body, err = s.bodies(std, ownData)
	return m, err
}

func (s sending) checkNumbers() error {
	switch {
	case s.n < 1 || s.n > maxDeliveries:
		return fmt.Errorf("-n: %d is not a number from 1 to %d", s.n, maxDeliveries)
	case s.atOnce < 1 || s.atOnce > maxAtOnce:
		return fmt.Errorf("-c: %d is not a number from 1 to %d", s.atOnce, maxAtOnce)
	case s.atOnce > s.n:
		return fmt.Errorf("-c: %d at a time are more than the %d of -n: raise -n", s.atOnce, s.n)
	default:
		return nil
	}
}

// bodies returns what makes the body of each delivery.
func (s sending) bodies(std streams, ownData bool) (func() []byte, error) {
	if ownData {
		data, err := readBody(std, "-data", s.data)
		return func() []byte { return data }, err
	}
	event, err := parseEvent(s.event)
	if err != nil {
		return nil, err
	}
	if event != webhook.EventConsoleTest {
		printer{std.err}.f("note: the fields of %s are not documented: it has console.test's, and its own name\n", event)
	}
	return func() []byte { return newPayload(event) }, nil
}

// run makes the deliveries. An interruption ends them, and is followed by what came of
// them; a second one ends the process.
func (s sending) run(std streams, m maker) (bool, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	r := newReport(m.kind, s.n, s.atOnce)
	line := newProgress(std.err)
	start := time.Now()
	deliverAll(ctx, m, s.n, s.atOnce, r.note, func() { line.show(r.noted, s.n) })
	r.elapsed = time.Since(start)
	line.clear()
	if s.json {
		return r.ok(), printJSON(std.out, r.json())
	}
	r.print(printer{std.out})
	return r.ok(), nil
}
