// Command cmd starts a PostgreSQL server for tests, prints its URL, and ends it when its
// standard input ends: however the process that reads the URL ends, the server does not stay.
// Where PostgreSQL is not installed it says so on the standard error, with exit status 3. With
// -check it starts none, and says in one line what is not tested if it is missing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/sendsar-community/webhooks-go/ci/postgrestest"
)

func main() {
	check := flag.Bool("check", false, "say what is not tested, if PostgreSQL is missing")
	flag.Parse()
	if *check {
		if postgrestest.Missing() {
			fmt.Println("NOT TESTED: the inbox on PostgreSQL.", postgrestest.ErrMissing)
		}
		return
	}
	switch err := run(); {
	case errors.Is(err, postgrestest.ErrMissing):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	server, err := postgrestest.New(context.Background())
	if err != nil {
		return err
	}
	fmt.Println(server.URL)
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, server.Close())
}
