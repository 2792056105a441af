// Command consumer proves that a stranger can use what a release tags. It packs every
// released module at the repository's HEAD as the module proxy would, serves them from
// files, and fetches each from a module that has nothing else of the repository but the
// example it runs. It needs no network beyond what go has not downloaded yet.
//
// It ends with controls: modules broken on purpose, which it has to refuse.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/mod/modfile"

	"github.com/sendsar-community/webhooks-go/ci/release/command"
	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

func main() {
	root := flag.String("repository", "../..", "the repository, whose HEAD is packed")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, *root); err != nil {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	work, err := os.MkdirTemp("", "webhooks-go-consumer-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // a leftover in the temporary folder is no failure

	repo, err := cloneHead(ctx, root, filepath.Join(work, "repository"))
	if err != nil {
		return err
	}
	modules, err := released.Modules(repo.dir)
	if err != nil {
		return err
	}
	version, err := siblingVersion(modules)
	if err != nil {
		return err
	}
	fmt.Printf("packing %s as %s; what is not committed is not in it\n", repo.revision, version)
	p, err := newProof(ctx, work, repo, modules, version)
	if err != nil {
		return err
	}
	for _, m := range modules {
		if err := pack(p.proxy, repo, m, version); err != nil {
			return err
		}
	}
	consumers := filepath.Join(work, "consumers")
	for _, m := range modules {
		if err := p.consume(ctx, m, version, filepath.Join(consumers, example(m))); err != nil {
			return fmt.Errorf("%s: %w", m.Dir, err)
		}
		fmt.Printf("%s: fetched, built, tidied and verified by a module of its own\n", m.Dir)
	}
	if err := p.deliver(ctx, consumers); err != nil {
		return err
	}
	return p.control(ctx, filepath.Join(work, "controls"))
}

// siblingVersion returns the one version of each other that the modules ask for.
func siblingVersion(modules []released.Module) (string, error) {
	version := ""
	for _, m := range modules {
		for _, sibling := range modules {
			asked, ok := requires(m.File)[sibling.Path()]
			if ok && version != "" && asked != version {
				return "", fmt.Errorf("%s requires %s %s, where another requirement is %s", m.Dir, sibling.Dir, asked, version)
			}
			if ok {
				version = asked
			}
		}
	}
	if version == "" {
		return "", fmt.Errorf("no module requires another, so there is no version to pack")
	}
	return version, nil
}

// requires returns the versions in a go.mod by path.
func requires(file *modfile.File) map[string]string {
	all := map[string]string{}
	for _, r := range file.Require {
		all[r.Mod.Path] = r.Mod.Version
	}
	return all
}

// example is the name of the folder in examples that uses m.
func example(m released.Module) string {
	if m.Dir == "core" {
		return "nethttp"
	}
	return filepath.Base(m.Dir)
}

// deliver runs the demo, which builds each of the consumers, starts it, and sends it
// genuine and forged deliveries.
func (p *proof) deliver(ctx context.Context, consumers string) error {
	demo := exec.CommandContext(ctx, "go", "run", ".", "-examples", consumers, "-inbox=false") // which uses several modules
	demo.Dir = filepath.Join(p.repo.dir, "examples", "demo")
	demo.Env = p.isolated
	demo.Stdout, demo.Stderr = os.Stdout, os.Stderr
	if err := demo.Run(); err != nil {
		return fmt.Errorf("the demo on the consumers: %w", err)
	}
	return nil
}

// repository is a clone of the commit that is proven.
type repository struct{ dir, revision string }

// cloneHead makes a clone whose folder holds what is committed, and nothing else.
func cloneHead(ctx context.Context, root, dir string) (repository, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return repository{}, err
	}
	if err := (command.Dir{Path: root}).Run(ctx, "git", "clone", "--quiet", ".", dir); err != nil {
		return repository{}, err
	}
	return at(ctx, dir)
}

// at returns the clone in dir at its HEAD.
func at(ctx context.Context, dir string) (repository, error) {
	out, err := command.Dir{Path: dir}.Output(ctx, "git", "rev-parse", "HEAD")
	return repository{dir: dir, revision: strings.TrimSpace(out)}, err
}
