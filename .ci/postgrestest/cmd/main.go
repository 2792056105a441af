// Command cmd starts a PostgreSQL server for tests, prints its URL, and ends it when its
// standard input ends: however the process that reads the URL ends, the server does not stay.
// With -check it starts none, and says in one line what is not tested if PostgreSQL is missing.
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
	if err := run(); err != nil {
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
