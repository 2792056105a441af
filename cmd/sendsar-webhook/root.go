package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

const moreHelp = "(-h lists the commands and flags)"

// newRoot returns the command with all its subcommands.
func newRoot(std streams, args []string) *cli.Command {
	// Show flags with one dash, as the documents and messages do. Two are accepted too.
	described := cli.FlagStringer
	cli.FlagStringer = func(f cli.Flag) string { return strings.Replace(described(f), "--", "-", 1) }
	cli.UsageCommandHelp = "list the commands, or show the help of one"
	root := &cli.Command{
		Name:  "sendsar-webhook",
		Usage: "send, sign, verify, receive and replay Sendsar's webhook deliveries",
		Description: secretHelp + "\n\nExit status: 0 yes or done, 1 no, 2 wrong usage, 130 interrupted (143 by SIGTERM).\n" +
			"Completion for bash, zsh, fish and PowerShell: sendsar-webhook completion -h",
		Version:                       version(),
		EnableShellCompletion:         true,
		Commands:                      []*cli.Command{sendCommand(std), signCommand(std), verifyCommand(std), listenCommand(std), replayCommand(std), versionCommand(std)},
		CustomRootCommandHelpTemplate: rootHelp,
		Metadata: examples(
			"CMD send http://127.0.0.1:8080/webhooks/sendsar",
			"CMD send -forge http://127.0.0.1:8080/webhooks/sendsar",
		),
		Writer:         std.out,
		ErrWriter:      io.Discard,                                    // the library would quote arguments
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // main exits
		// The library creates this command and its subcommands, so harden does not see them.
		ConfigureShellCompletionCommand: func(c *cli.Command) {
			c.Hidden = false
			c.Usage = "print the completion script of bash, zsh, fish or pwsh"
			quietly(c)
		},
		Action: func(_ context.Context, c *cli.Command) error {
			return about(c, unknownCommand(c, c.Args().Slice()))
		},
	}
	return harden(root, args)
}

// harden gives a command and its subcommands error texts that quote no argument, because
// people paste secrets in the wrong place.
func harden(c *cli.Command, args []string) *cli.Command {
	quietly(c)
	for _, sub := range c.Commands {
		sub.HideHelpCommand = true // "help" may be the name of a file
		sub.CustomHelpTemplate = commandHelp
		// This is called for -h followed by an argument.
		sub.CommandNotFound = func(ctx context.Context, c *cli.Command, _ string) {
			_ = cli.ShowCommandHelp(ctx, c.Root(), c.Name) // the command exists
		}
		action := sub.Action
		sub.Action = func(ctx context.Context, c *cli.Command) error {
			if err := emptyValue(c, args); err != nil {
				return about(c, err)
			}
			return about(c, action(ctx, c))
		}
	}
	return c
}

// quietly replaces the library's usage errors of a command and its subcommands.
func quietly(c *cli.Command) {
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return about(c, usageError(c, err))
	}
	for _, sub := range c.Commands {
		quietly(sub)
	}
}

// ownError is an error of this package. Its text is safe to print.
type ownError struct{ error }

func (e ownError) Unwrap() error { return e.error }

// printable returns the text of an error on one line. An error of the library may quote an
// argument, so a fixed text replaces it.
func printable(err error) string {
	var own ownError
	if !errors.As(err, &own) {
		return "no such command or help topic " + moreHelp
	}
	return shown(joined(err))
}

// about puts the command's name in front of an error.
func about(c *cli.Command, err error) error {
	switch {
	case err == nil, errors.Is(err, errNo), errors.Is(err, errPrinted):
		return err
	case c.Root() == c:
		return ownError{err}
	default:
		return ownError{fmt.Errorf("%s: %w", c.Name, err)}
	}
}

func unknownCommand(c *cli.Command, args []string) error {
	names := make([]string, 0, len(c.Commands))
	for _, sub := range c.VisibleCommands() {
		names = append(names, sub.Name)
	}
	if len(args) == 0 {
		return fmt.Errorf("no command: use one of %s %s", strings.Join(names, ", "), moreHelp)
	}
	suggestion := ""
	if near := cli.SuggestCommand(c.Commands, args[0]); plausible(near, args[0]) {
		suggestion = "did you mean " + near + "? "
	}
	return fmt.Errorf("no such command: %suse one of %s %s", suggestion, strings.Join(names, ", "), moreHelp)
}

// plausible reports whether a suggestion may be what the user meant. The library always
// suggests something.
func plausible(suggestion, given string) bool {
	return suggestion != "" && given != "" && suggestion[0] == given[0] && len(given) < 2*len(suggestion)
}

// usageError replaces an error of the library with a text of our own, which quotes nothing but
// names of existing flags.
func usageError(c *cli.Command, err error) error {
	const (
		undefined = "flag provided but not defined: -"
		noValue   = "flag needs an argument: "
		forFlag   = " for flag -"
	)
	text := err.Error()
	if name, found := strings.CutPrefix(text, undefined); found {
		return unknownFlag(c, name)
	}
	if name, found := strings.CutPrefix(text, noValue); found {
		if f := flagNamed(c, strings.TrimLeft(name, "-")); f != nil {
			return fmt.Errorf("-%s needs a value %s", f.Names()[0], moreHelp)
		}
		return errors.New("a flag needs a value " + moreHelp)
	}
	if i := strings.LastIndex(text, forFlag); i >= 0 {
		name, _, _ := strings.Cut(text[i+len(forFlag):], ":")
		if f := flagNamed(c, name); f != nil {
			return fmt.Errorf("-%s takes %s %s", f.Names()[0], kindOf(f), moreHelp)
		}
	}
	return errors.New("the flags are not right " + moreHelp)
}

func unknownFlag(c *cli.Command, name string) error {
	if strings.HasPrefix(name, "secret") && flagNamed(c, "secret-file") != nil {
		return errors.New("-secret: other users can read a command's arguments: set " + secretVariable + ", or use -secret-file")
	}
	near := strings.TrimLeft(cli.SuggestFlag(c.Flags, name, true), "-")
	if plausible(near, name) {
		return fmt.Errorf("no such flag: did you mean -%s? %s", near, moreHelp)
	}
	return errors.New("no such flag " + moreHelp)
}

func flagNamed(c *cli.Command, name string) cli.Flag {
	i := slices.IndexFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	if i < 0 {
		return nil
	}
	return c.Flags[i]
}

func kindOf(f cli.Flag) string {
	switch f.(type) {
	case *cli.BoolFlag:
		return "true or false, or no value"
	case *cli.IntFlag, *cli.Int64Flag:
		return "a whole number"
	default:
		return "another value"
	}
}

// emptyValue returns an error for a flag with an empty value, which comes from an unset variable
// or a typing mistake. An empty -signature is allowed, because verify explains it.
func emptyValue(c *cli.Command, args []string) error {
	for _, f := range c.Flags {
		name := f.Names()[0]
		switch f.(type) {
		case *cli.StringFlag:
			if name != "signature" && c.IsSet(name) && c.String(name) == "" {
				return fmt.Errorf("-%s: the value is empty", name)
			}
		case *cli.BoolFlag:
			// The library reads it as true.
			if slices.Contains(args, "-"+name+"=") || slices.Contains(args, "--"+name+"=") {
				return fmt.Errorf("-%s: the value is empty", name)
			}
		}
	}
	return nil
}
