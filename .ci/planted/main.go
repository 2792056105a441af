// Command planted puts bugs into core and the adapters, one at a time, and reports which of
// them no test notices. It measures the tests: run it before and after a change of them.
//
//	make planted                                  # every bug; 20 to 40 minutes
//	cd .ci/planted && go run . -run 'Skipper'     # the bugs with such a name
//	cd .ci/planted && go run . -root ../../../old # the bugs of this list in another checkout
//	cd .ci/planted && go run . -suite-only        # what the conformance suite alone notices
//
// The bugs are in bugs.txt, which describes its format. A bug names a package and a text
// that is there exactly once. Where the code has changed and the text is no longer found, the
// command stops before it runs anything: mend the list. [TestListFitsTheCode] fails then, too.
//
// The files that git knows are copied as they are in the working tree, and only the copies
// are changed. First the tests must pass without a bug. Then each bug's tests run: those of
// its own package, those of the rest of its module, and those of the modules behind
// "noticed by"; the first test that fails ends the run. With -suite-only only the conformance
// suite of an adapter runs, and only on the bugs of adapters.
//
// A bug that does not compile is a mistake in the list. The exit status is 0 only if every
// bug was caught.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
)

//go:embed bugs.txt
var list string

func main() {
	root := flag.String("root", "../..", "the checkout whose tests are measured")
	names := flag.String("run", "", "a regular expression: only bugs with such a name")
	suiteOnly := flag.Bool("suite-only", false, "only the conformance suite, on the bugs of adapters")
	flag.Parse()

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, *root, *names, *suiteOnly); err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, names string, suiteOnly bool) error {
	name, err := regexp.Compile(names)
	if err != nil {
		return err
	}
	all, err := parse(list)
	if err != nil {
		return err
	}
	var bugs []bug
	for _, b := range all {
		if name.MatchString(b.name) && (!suiteOnly || strings.HasPrefix(b.folder, "adapters/")) {
			bugs = append(bugs, b)
		}
	}
	if len(bugs) == 0 {
		return fmt.Errorf("no bug has a name like %q", names)
	}
	findings, err := measure(ctx, root, bugs, suiteOnly, os.Stdout)
	if err != nil {
		return err
	}
	return report(os.Stdout, findings)
}
