package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func listenCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:  "listen",
		Usage: "receive deliveries, verify them, show them, and pass them on to an app",
		Description: `Receives deliveries on -addr, verifies each, and prints one line for it: the time, the
verdict, the event, the bytes of the body, the status of the answer and how long it took.
For a refused delivery it prints why, as verify does.

With -forward the exact bytes and headers go on to the app, and the app's answer goes back
to the sender. If the URL has no path, the path of the delivery is used. Without -forward
the answer is 204, or 401 for a delivery that is not genuine.

-save writes each delivery into a file, which replay and webhooktest.Load read. The page
shows the last 500 deliveries in a browser on this machine.
Exit status: 130 after an interrupt, 143 after SIGTERM, 2 wrong usage.

` + secretHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8080", Usage: "listen on `HOST:PORT`"},
			&cli.StringFlag{Name: "forward", Usage: "pass each delivery on to `URL`"},
			&cli.StringFlag{Name: "save", Usage: "write each delivery as one .http file into `DIR`"},
			&cli.StringFlag{Name: "page", Value: "127.0.0.1:0", Usage: "show the deliveries on a page at `HOST:PORT` of this machine, or off"},
			secretFileFlag(), maxBodyFlag(),
		},
		Metadata: examples(
			"CMD listen -forward http://127.0.0.1:3000 -save deliveries",
			"CMD listen -addr 127.0.0.1:9090 -page off",
		),
		Action: func(ctx context.Context, c *cli.Command) error { return listen(ctx, std, c) },
	}
}

func listen(ctx context.Context, std streams, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	l, err := newListener(ctx, c)
	if err != nil {
		return err
	}
	// Find every mistake in the flags before the first delivery arrives.
	front, err := listenOn("-addr", c.String("addr"))
	if err != nil {
		return err
	}
	defer func() { _ = front.Close() }() // the server closes it too
	back, err := listenForPage(c.String("page"))
	if err != nil {
		return err
	}
	if c.IsSet("save") {
		if l.folder, err = newFolder(c.String("save")); err != nil {
			return err
		}
	}
	if l.app != nil && (l.app.is(front.Addr()) || back != nil && l.app.is(back.Addr())) {
		return errors.New("-forward: this is where listen itself listens: give the app's address, or another -addr")
	}
	l.lines = newLines(std)
	l.lines.say("listening on %s", front.Addr())
	servers := []*http.Server{serverOf(l)}
	listeners := []net.Listener{front}
	if back != nil {
		defer func() { _ = back.Close() }() // the server closes it too
		shown, err := page.New(l.page(front.Addr().String()))
		if err != nil {
			return err
		}
		servers = append(servers, serverOf(shown))
		listeners = append(listeners, back)
		l.lines.say("page on http://%s/", back.Addr())
	}
	return errors.Join(l.serve(ctx, servers, listeners), l.lines.end(ctx))
}

// serve runs until ctx ends or a server fails. Then it waits up to two seconds for the
// deliveries that are being answered.
func (l *listener) serve(ctx context.Context, servers []*http.Server, listeners []net.Listener) error {
	failed := make(chan error, len(servers))
	for i, server := range servers {
		go func() { failed <- server.Serve(listeners[i]) }()
	}
	var explaining sync.WaitGroup
	stop := make(chan struct{})
	explaining.Go(func() { l.explainAll(ctx, stop) })
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, server := range servers[1:] {
		_ = server.Close() // connections to the page's events never end by themselves
	}
	if servers[0].Shutdown(grace) != nil {
		_ = servers[0].Close() // this cancels the deliveries that wait for the app
	}
	l.working.Wait()
	close(stop)
	explaining.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("the server ended: %w", err)
}

func serverOf(h http.Handler) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            10 * time.Second,
		ReadTimeout:                  time.Minute,
		ErrorLog:                     silent,
		DisableGeneralOptionsHandler: true, // it would answer 200 to OPTIONS *
	}
}

func listenOn(what, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err == nil {
		return l, nil
	}
	// The error of net quotes the address, which is an argument.
	var operation *net.OpError
	if errors.As(err, &operation) {
		var call *os.SyscallError
		if errors.As(operation.Err, &call) {
			return nil, fmt.Errorf("%s: cannot listen there: %w", what, call.Err)
		}
	}
	return nil, fmt.Errorf("%s: not an address to listen on: give HOST:PORT, like 127.0.0.1:8080", what)
}

// listenForPage returns nil if the page is off. It accepts loopback addresses only.
func listenForPage(addr string) (net.Listener, error) {
	if addr == "off" {
		return nil, nil //nolint:nilnil // a page that is off is not an error
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, errors.New("-page: not an address: give HOST:PORT of this machine, like 127.0.0.1:0, or off")
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return nil, errors.New("-page: the page shows what others must not see: give an address of this machine alone, like 127.0.0.1:0, or off")
	}
	return listenOn("-page", net.JoinHostPort(host, port))
}

// newListener returns a listener, or an error about the flags or the secrets.
func newListener(ctx context.Context, c *cli.Command) (*listener, error) {
	limit, err := maxBody(c)
	if err != nil {
		return nil, err
	}
	current, source, err := currentSecret(ctx, c)
	if err != nil {
		return nil, err
	}
	s := secrets{current, os.Getenv(previousVariable)}
	opts := []webhook.Option{webhook.WithMaxBodyBytes(int64(limit))}
	if s.previous != "" {
		opts = append(opts, webhook.WithPreviousSecrets(s.previous))
	}
	if _, err := usable(current, source, nil); err != nil {
		return nil, err
	}
	verifier, err := webhook.New(current, opts...)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", previousVariable, joined(err))
	}
	l := &listener{verifier: verifier, secrets: s, limit: int64(limit), running: ctx}
	if c.IsSet("forward") {
		if l.app, err = newApp(c.String("forward")); err != nil {
			return nil, err
		}
	}
	l.start()
	return l, nil
}
