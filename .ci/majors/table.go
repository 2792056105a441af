package main

import (
	"errors"
	"fmt"
	"strings"
)

// table says how the text of a newer major becomes that of the older one.
type table struct {
	from         string // the newer major's folder
	replacements []replacement
}

// replacement is one line of a table.
type replacement struct{ old, new string }

// parseTable reads lines such as
//
//	# a comment
//	from echov5
//	*echo.Context => echo.Context
func parseTable(text string) (table, error) {
	var t table
	for i, line := range strings.Split(text, "\n") {
		newer, isFrom := strings.CutPrefix(line, "from ")
		before, after, isReplacement := strings.Cut(line, " => ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isReplacement && before != "":
			t.replacements = append(t.replacements, replacement{before, after})
		case isFrom:
			t.from = newer
		default:
			return table{}, fmt.Errorf("line %d: want \"old => new\"", i+1)
		}
	}
	if t.from == "" {
		return table{}, errors.New(`no line "from <the newer major>"`)
	}
	return t, nil
}

// apply makes all replacements in one pass. At each place the first that fits is made, and
// its result is not looked at again. It counts the uses by the replacements' index.
func (t table) apply(text string, uses []int) string {
	var out strings.Builder
	for text != "" {
		from, to := text[:1], text[:1]
		for i, r := range t.replacements {
			if strings.HasPrefix(text, r.old) {
				from, to = r.old, r.new
				uses[i]++
				break
			}
		}
		out.WriteString(to)
		text = text[len(from):]
	}
	return out.String()
}
