// Package postgrestest runs a PostgreSQL server for tests: in a temporary folder, on a unix
// socket in it, without a password, and gone afterwards.
package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrMissing says how to get what is needed.
var ErrMissing = errors.New("PostgreSQL is not installed (initdb is neither in PATH nor in /usr/lib/postgresql/*/bin): apt-get install postgresql")

// Missing reports whether PostgreSQL is not installed.
func Missing() bool { return program("initdb") == "" }

// Need ends the test if err, New's, is not nil: it fails, or is skipped where PostgreSQL is
// missing. In a continuous integration, which sets CI, that is a failure too.
func Need(t interface {
	Helper()
	Skip(args ...any)
	Fatal(args ...any)
}, err error,
) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrMissing) && os.Getenv("CI") == "":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// Server is a PostgreSQL server.
type Server struct {
	URL string // of the database "postgres", for its superuser

	dir    string
	output bytes.Buffer // complete while the server does not run
	cmd    *exec.Cmd
	ended  chan struct{}
	err    error // of the process, once ended
}

// New makes a cluster and starts its server. The error is ErrMissing where PostgreSQL is not
// installed.
func New(ctx context.Context) (_ *Server, err error) {
	if Missing() {
		return nil, ErrMissing
	}
	dir, err := os.MkdirTemp("", "pg-") // short, because a socket's path is
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	s.URL = (&url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: "host=" + url.QueryEscape(dir)}).String()
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := own(dir); err != nil {
		return nil, err
	}
	initdb := s.command(ctx, "initdb", "--pgdata", s.data(), "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, s.Start(ctx)
}

// Start starts the server after Stop, and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s.output.Reset()
	s.cmd = s.command(context.WithoutCancel(ctx), "postgres", "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=300")
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func() { s.err = s.cmd.Wait(); close(s.ended) }()
	for s.command(ctx, "pg_isready", "-q", "-h", s.dir).Run() != nil {
		select {
		case <-s.ended:
			s.cmd = nil
			return fmt.Errorf("postgres ended: %w\n%s", s.err, s.output.String())
		case <-ctx.Done():
			return errors.Join(errors.New("postgres does not get ready"), s.Stop(syscall.SIGQUIT))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// Stop ends the server and waits for its end. SIGQUIT is the shutdown mode "immediate", which
// is like a crash, and SIGINT the mode "fast".
func (s *Server) Stop(signal syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	if err := s.cmd.Process.Signal(signal); err != nil {
		return err
	}
	select {
	case <-s.ended: // the exit status says nothing: it is not 0 after SIGQUIT
		s.cmd = nil
		return nil
	case <-time.After(time.Minute):
		return errors.New("postgres does not end")
	}
}

// Close ends the server and removes its folder.
func (s *Server) Close() error {
	return errors.Join(s.Stop(syscall.SIGQUIT), os.RemoveAll(s.dir))
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command returns a command of PostgreSQL's, which refuses to run as root.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program(name), args...)
	cmd.Dir = s.dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") })
	asUser(cmd)
	return cmd
}

// program returns the path of a program of PostgreSQL's, or "". Debian has them in a folder for
// each version, which is not in PATH.
func program(name string) string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is right
	slices.Sort(folders)
	slices.Reverse(folders)
	for _, folder := range folders {
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}
