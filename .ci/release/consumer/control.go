package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sendsar-community/webhooks-go/ci/release/command"
	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

// controls are mistakes that do not show in a checkout, made in the Gin adapter. The
// proof is worth nothing if it lets one pass.
var controls = []struct {
	name    string
	mistake func(ctx context.Context, p *proof, gin command.Dir) error
	refusal string // stands in the proof's error
}{
	{
		name: "a version of core that does not exist",
		mistake: func(ctx context.Context, _ *proof, gin command.Dir) error {
			return gin.Run(ctx, "go", "mod", "edit", "-require="+released.Prefix+"core@v0.0.9")
		},
		refusal: "core@v0.0.9",
	},
	{
		name: "another framework",
		mistake: func(ctx context.Context, p *proof, gin command.Dir) error {
			const echo = "github.com/labstack/echo/v5"
			for _, m := range p.modules {
				version, ok := requires(m.File)[echo]
				if !ok {
					continue
				}
				source := fmt.Sprintf("package sendsargin\n\nimport _ %q\n", echo)
				return errors.Join(
					os.WriteFile(filepath.Join(gin.Path, "echo.go"), []byte(source), 0o644),
					gin.Run(ctx, "go", "mod", "edit", "-require="+echo+"@"+version),
				)
			}
			return fmt.Errorf("no module requires %s", echo)
		},
		refusal: "names github.com/labstack/echo/v5",
	},
	{
		name: "a newer version of its framework",
		mistake: func(ctx context.Context, _ *proof, gin command.Dir) error {
			return gin.Run(ctx, "go", "mod", "edit", "-require=github.com/gin-gonic/gin@v1.12.0")
		},
		refusal: "lifts an app on the floor",
	},
	{
		name: "no licence",
		mistake: func(_ context.Context, _ *proof, gin command.Dir) error {
			return os.Remove(filepath.Join(gin.Path, "LICENSE"))
		},
		refusal: "LICENSE",
	},
}

// control commits one mistake after another and runs the proof on each.
func (p *proof) control(ctx context.Context, work string) error {
	gin, err := p.module("adapters/gin")
	if err != nil {
		return err
	}
	for i, c := range controls {
		// A version of its own: go has downloaded the other one.
		version := fmt.Sprintf("%s-control.%d", p.version, i)
		repo, err := p.commit(ctx, gin, c.mistake)
		if err != nil {
			return fmt.Errorf("control %q: %w", c.name, err)
		}
		if err = pack(p.proxy, repo, gin, version); err == nil {
			err = p.consume(ctx, gin, version, filepath.Join(work, strconv.Itoa(i)))
		}
		if err == nil {
			return fmt.Errorf("control %q: the proof lets it pass", c.name)
		}
		if !strings.Contains(err.Error(), c.refusal) {
			return fmt.Errorf("control %q: it is refused, but not because of %s: %w", c.name, c.refusal, err)
		}
		fmt.Printf("control: an adapter with %s is refused\n", c.name)
	}
	return nil
}

// commit makes the mistake on top of the revision that was proven.
func (p *proof) commit(ctx context.Context, m released.Module, mistake func(context.Context, *proof, command.Dir) error) (repository, error) {
	git := command.Dir{Path: p.repo.dir}
	if err := git.Run(ctx, "git", "reset", "--hard", p.repo.revision); err != nil {
		return repository{}, err
	}
	module := command.Dir{Path: filepath.Join(p.repo.dir, m.Dir), Env: p.isolated}
	if err := mistake(ctx, p, module); err != nil {
		return repository{}, err
	}
	if err := git.Run(ctx, "git", "add", "--all"); err != nil {
		return repository{}, err
	}
	err := git.Run(ctx, "git", "-c", "user.name=control", "-c", "user.email=control@localhost",
		"-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "--message", "A mistake")
	if err != nil {
		return repository{}, err
	}
	return at(ctx, p.repo.dir)
}

func (p *proof) module(dir string) (released.Module, error) {
	for _, m := range p.modules {
		if m.Dir == dir {
			return m, nil
		}
	}
	return released.Module{}, fmt.Errorf("no module in %s", dir)
}
