// Command demo starts every example as its own process, sends each the same deliveries
// over TCP, genuine and not, and prints one table of what came back. It kills the inbox
// while deliveries come, and compares what it acknowledged with what took effect. It exits
// with status 1 if anything is not what it must be.
//
// Run it with `make demo`, or with `go run ./examples/demo` from the repository's root.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	dir := flag.String("examples", "examples", "the folder that holds the examples")
	inbox := flag.Bool("inbox", true, "with the inbox")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ctx, cancelTimeout := context.WithTimeout(ctx, 5*time.Minute)
	defer cancelTimeout()
	if err := run(ctx, *dir, *inbox); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// examples are the folders beside this one, one for each framework.
var examples = []struct {
	name string
	// A Fiber app that buffers bodies answers one over its BodyLimit and closes the
	// connection while the body is still being sent. The client may see only the close.
	mayClose bool
}{
	{name: "nethttp"},
	{name: "gin"},
	{name: "echov4"},
	{name: "echov5"},
	{name: "fiberv2", mayClose: true},
	{name: "fiberv3", mayClose: true},
}

func run(ctx context.Context, dir string, inbox bool) error {
	bin, err := os.MkdirTemp("", "webhooks-go-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(bin) }() // a leftover in the temporary folder is no failure

	// These secrets are made for this run, so that the repository does not contain them.
	env := secrets{current: newSecret(), previous: newSecret()}
	deliveries := allDeliveries(env)

	// The inbox waits more than it works, so it runs beside the others.
	var beside sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer func() { cancel(); beside.Wait() }()
	var stored []result
	var effects tally
	var failed error
	if inbox {
		fmt.Fprintln(os.Stderr, "building and running examples/inbox")
		beside.Go(func() {
			stored, effects, failed = tryInbox(ctx, filepath.Join(dir, "inbox"), filepath.Join(bin, "inbox"), env, deliveries)
		})
	}

	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	row(table, "example", names(deliveries))
	wrong := 0
	for _, example := range examples {
		fmt.Fprintf(os.Stderr, "building and running examples/%s\n", example.name)
		results, err := try(ctx, filepath.Join(dir, example.name), filepath.Join(bin, example.name), env, deliveries)
		if err != nil {
			return fmt.Errorf("%s: %w", example.name, err)
		}
		texts, n := cells(results, deliveries, example.mayClose)
		row(table, example.name, texts)
		wrong += n
	}
	beside.Wait()
	if failed != nil {
		return fmt.Errorf("inbox: %w", failed)
	}
	if inbox {
		texts, n := cells(stored, deliveries, false)
		row(table, "inbox", texts)
		wrong += n
		row(table, "inbox", []string{effects.String()})
		if !effects.ok() {
			wrong++
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%d cells are not what they must be", wrong)
	}
	fmt.Println("\nEvery genuine delivery reached its handler byte for byte; nothing else reached one.")
	return nil
}

// cells returns the texts of a row, and how many of them are not what they must be.
func cells(results []result, deliveries []delivery, mayClose bool) (texts []string, wrong int) {
	for i, result := range results {
		text := result.cell
		if !result.ok && (!result.closed || !mayClose || deliveries[i].status != tooLarge) {
			text += " WRONG"
			wrong++
		}
		texts = append(texts, text)
	}
	return texts, wrong
}

// secrets are what an example runs with.
type secrets struct{ current, previous string }

// newSecret returns a secret in the form that the Sendsar console shows.
func newSecret() string {
	random := make([]byte, 24)
	_, _ = rand.Read(random) // crypto/rand documents that it never fails
	return "whsec_" + hex.EncodeToString(random)
}

// try runs one example and returns a result for each delivery.
func try(ctx context.Context, source, binary string, env secrets, deliveries []delivery) ([]result, error) {
	if err := build(ctx, source, binary); err != nil {
		return nil, err
	}
	example, err := start(ctx, binary, env)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(deliveries))
	for i, d := range deliveries {
		results[i] = send(ctx, example.url, d)
	}
	handled, err := example.stop()
	if err != nil {
		return nil, err
	}
	genuine := 0
	for _, d := range deliveries {
		if d.status == accepted {
			genuine++
		}
	}
	if handled != genuine {
		return nil, fmt.Errorf("the handler ran %d times for %d genuine deliveries", handled, genuine)
	}
	return results, nil
}

func names(deliveries []delivery) []string {
	all := make([]string, len(deliveries))
	for i, d := range deliveries {
		all[i] = d.name
	}
	return all
}

func row(w *tabwriter.Writer, first string, cells []string) {
	_, _ = fmt.Fprintf(w, "%s\t%s\n", first, strings.Join(cells, "\t")) // Flush reports an error
}
