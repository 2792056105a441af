package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

type outcome int

const (
	survived outcome = iota
	caught
	doesNotBuild
)

// result is what came of one run of tests.
type result struct {
	outcome outcome
	detail  string // the test that failed, or the compiler's output
}

var (
	failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	panicLine  = regexp.MustCompile(`(?m)^(?:panic|fatal error): .*`)
	failedRun  = regexp.MustCompile(`(?m)^FAIL\t`)
)

// timedOut begins the detail of a result if the tests did not end.
const timedOut = "panic: test timed out"

// judge reads the output of go test. It returns an error if the command failed and no test
// did: a bug is not caught by a toolchain that does not run.
func judge(output string, err error) (result, error) {
	switch {
	case err == nil && strings.Contains(output, "no tests to run"):
		return result{}, fmt.Errorf("no test has run:\n%s", output)
	case err == nil:
		return result{outcome: survived}, nil
	case strings.Contains(output, "[build failed]"):
		return result{doesNotBuild, strings.TrimSpace(output)}, nil
	case strings.Contains(output, "[setup failed]") || !failedRun.MatchString(output):
		return result{}, fmt.Errorf("go test: %w\n%s", err, output)
	}
	if test := firstFailed(output); test != "" {
		return result{caught, test}, nil
	}
	if line := panicLine.FindString(output); line != "" {
		return result{caught, line}, nil
	}
	return result{caught, "a test that ended the process"}, nil
}

// firstFailed returns the first test that failed, with its first subtest that did.
func firstFailed(output string) (name string) {
	for _, match := range failedTest.FindAllStringSubmatch(output, -1) {
		if name != "" && !strings.HasPrefix(match[1], name+"/") {
			break
		}
		name = match[1]
	}
	return name
}

func (f finding) String() string {
	seconds := f.time.Round(time.Second)
	switch {
	case f.skipped != nil:
		return fmt.Sprintf("NOT TESTED      %s: %v", f.bug, f.skipped)
	case f.result.outcome == doesNotBuild:
		return fmt.Sprintf("DOES NOT BUILD  %s\n%s", f.bug, f.result.detail)
	case f.result.outcome == survived:
		return fmt.Sprintf("SURVIVED        %s (%s)", f.bug, seconds)
	default:
		return fmt.Sprintf("caught          %s (%s, %s: %s)", f.bug, seconds, f.in, f.result.detail)
	}
}

// count are the bugs of one area.
type count struct{ total, caught, survived int }

// report prints the counts for each package and the survivors. It returns an error unless
// every bug was caught.
func report(out io.Writer, findings []finding) error {
	var areas []string
	counts := make(map[string]*count)
	var survivors, defects, slow []string
	for _, f := range findings {
		for _, area := range []string{f.folder, "all"} {
			if counts[area] == nil {
				counts[area] = new(count)
				areas = append(areas, area)
			}
			counts[area].add(f)
		}
		switch {
		case f.skipped != nil || f.result.outcome == doesNotBuild:
			defects = append(defects, fmt.Sprintf("bugs.txt:%d: %s", f.line, f.bug))
		case f.result.outcome == survived:
			survivors = append(survivors, f.bug.String())
		case strings.HasPrefix(f.result.detail, timedOut):
			slow = append(slow, f.bug.String())
		}
	}
	areas = append(slices.DeleteFunc(areas, func(area string) bool { return area == "all" }), "all")
	_, _ = fmt.Fprintf(out, "\n%-22s %5s %7s %9s\n", "", "bugs", "caught", "survived")
	for _, area := range areas {
		c := counts[area]
		_, _ = fmt.Fprintf(out, "%-22s %5d %7d %9d\n", area, c.total, c.caught, c.survived)
	}
	if len(slow) > 0 {
		_, _ = fmt.Fprintf(out, "\ncaught by a timeout alone, for which a busy machine is enough:\n  %s\n", strings.Join(slow, "\n  "))
	}
	var errs []error
	for _, group := range []struct {
		title string
		bugs  []string
	}{{"survived", survivors}, {"not tested: mend the list", defects}} {
		if len(group.bugs) > 0 {
			_, _ = fmt.Fprintf(out, "\n%s:\n  %s\n", group.title, strings.Join(group.bugs, "\n  "))
			errs = append(errs, fmt.Errorf("%d bugs %s", len(group.bugs), group.title))
		}
	}
	return errors.Join(errs...)
}

func (c *count) add(f finding) {
	c.total++
	switch {
	case f.skipped != nil:
	case f.result.outcome == caught:
		c.caught++
	case f.result.outcome == survived:
		c.survived++
	}
}
