// Package changelog reads and releases a change log in the format of Keep a Changelog.
package changelog

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	heading = regexp.MustCompile(`(?m)^## \[([^\]]+)\].*\n?`)
	// A line that tells no change: blank, a heading, or a link's target.
	noEntry = regexp.MustCompile(`^(\s*|#.*|\[[^\]]+\]: .*)$`)
)

const unreleased = "Unreleased"

// section is one version's part.
type section struct {
	name       string
	start, end int // of its body in the text
}

func sections(text string) []section {
	found := heading.FindAllStringSubmatchIndex(text, -1)
	all := make([]section, len(found))
	for i, at := range found {
		all[i] = section{name: text[at[2]:at[3]], start: at[1], end: len(text)}
		if i > 0 {
			all[i-1].end = at[0]
		}
	}
	return all
}

func (s section) empty(text string) bool {
	for line := range strings.Lines(text[s.start:s.end]) {
		if !noEntry.MatchString(strings.TrimRight(line, "\r\n")) {
			return false
		}
	}
	return true
}

// TellsChangeSince tells whether there is an entry above the section of version, such as
// v0.1.0; with "", whether there is one at all.
func TellsChangeSince(text, version string) bool {
	for _, s := range sections(text) {
		if version != "" && "v"+s.name == version {
			return false
		}
		if !s.empty(text) {
			return true
		}
	}
	return false
}

// Release returns text with what stands under Unreleased as the section of version, such
// as v0.1.0, and Unreleased empty. A text that was released as version already stays.
func Release(text, version, date string) (string, error) {
	all := sections(text)
	if len(all) == 0 || all[0].name != unreleased {
		return "", fmt.Errorf("the first section is not [%s]", unreleased)
	}
	name := strings.TrimPrefix(version, "v")
	for i, s := range all[1:] {
		switch {
		case s.name != name:
		case i > 0:
			return "", fmt.Errorf("[%s] is there, below a newer section", name)
		case !all[0].empty(text):
			return "", fmt.Errorf("[%s] is there, but [%s] is not empty", name, unreleased)
		default:
			return text, nil
		}
	}
	if all[0].empty(text) {
		return "", fmt.Errorf("there is nothing under [%s]", unreleased)
	}
	at := all[0].start
	return text[:at] + fmt.Sprintf("\n## [%s] - %s\n", name, date) + text[at:], nil
}
