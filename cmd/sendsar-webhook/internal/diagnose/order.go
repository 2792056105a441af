package diagnose

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// tree is a JSON value. Scalars and keys are as they are in the document.
type tree struct {
	kind   byte // '{', '[' or 0 for a scalar
	scalar []byte
	keys   [][]byte // literals
	items  []*tree
}

const maxTreeDepth = 200

// parseTree parses valid JSON that is not too deep.
func parseTree(b []byte) (*tree, bool) {
	p := treeParser{rest: b}
	t := p.value(0)
	return t, !p.tooDeep
}

type treeParser struct {
	rest    []byte
	tooDeep bool
}

func (p *treeParser) space() { p.rest = bytes.TrimLeft(p.rest, " \t\r\n") }

func (p *treeParser) value(depth int) *tree {
	p.space()
	if depth > maxTreeDepth {
		p.tooDeep = true
	}
	if p.tooDeep || len(p.rest) == 0 {
		return &tree{}
	}
	switch c := p.rest[0]; c {
	case '{', '[':
		t := &tree{kind: c}
		p.rest = p.rest[1:]
		for p.space(); !p.tooDeep && p.rest[0] != '}' && p.rest[0] != ']'; p.space() {
			if c == '{' {
				t.keys = append(t.keys, p.scalar())
				p.space()
				p.rest = p.rest[1:] // the colon
			}
			t.items = append(t.items, p.value(depth+1))
			if p.space(); !p.tooDeep && p.rest[0] == ',' {
				p.rest = p.rest[1:]
			}
		}
		if !p.tooDeep {
			p.rest = p.rest[1:]
		}
		return t
	default:
		return &tree{scalar: p.scalar()}
	}
}

func (p *treeParser) scalar() []byte {
	n := 0
	if p.rest[0] == '"' {
		n = stringEnd(p.rest)
	} else {
		for n < len(p.rest) && strings.IndexByte(",]} \t\r\n", p.rest[n]) < 0 {
			n++
		}
	}
	scalar := p.rest[:n]
	p.rest = p.rest[n:]
	return scalar
}

// orders are the ways in which programs drop and reorder the fields of an object. order returns
// the indices of the fields that are left.
var orders = []struct {
	name  string
	sorts bool // by name
	order func(*tree) []int
}{
	{"with its keys sorted", true, func(t *tree) []int { return sorted(t, cmp.Compare[string]) }},
	{"without its null fields", false, func(t *tree) []int { return without(t, "null") }},
	{"without keys that are there twice", false, lastOfEach},
	{"with its keys in the order of JavaScript", false, integersFirst},
	{"with its keys in the order of PostgreSQL's jsonb", true, func(t *tree) []int {
		return sorted(t, func(a, b string) int {
			return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
		})
	}},
	{"with its keys sorted without regard to case", true, func(t *tree) []int {
		return sorted(t, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	}},
	{"with its keys sorted and without its null fields", false, func(t *tree) []int {
		return slices.DeleteFunc(sorted(t, cmp.Compare[string]), func(i int) bool { return string(t.items[i].scalar) == "null" })
	}},
	{"without its empty fields", false, func(t *tree) []int { return without(t, "null", `""`, "[]", "{}") }},
	{"without its empty, zero and false fields", false, func(t *tree) []int { return without(t, "null", `""`, "[]", "{}", "0", "false", "0.0") }},
	{"with its keys in reverse order", false, func(t *tree) []int {
		all := everything(t)
		slices.Reverse(all)
		return all
	}},
	{"with its keys sorted backwards", false, func(t *tree) []int {
		return sorted(t, func(a, b string) int { return cmp.Compare(b, a) })
	}},
}

func everything(t *tree) []int {
	all := make([]int, len(t.keys))
	for i := range all {
		all[i] = i
	}
	return all
}

func (t *tree) name(i int) string {
	literal := t.keys[i]
	return string(unescape(literal[1 : len(literal)-1]))
}

func lastOfEach(t *tree) []int {
	last := map[string]int{}
	var names []string
	for i := range t.keys {
		name := t.name(i)
		if _, found := last[name]; !found {
			names = append(names, name)
		}
		last[name] = i
	}
	all := make([]int, 0, len(names))
	for _, name := range names {
		all = append(all, last[name])
	}
	return all
}

func sorted(t *tree, compare func(a, b string) int) []int {
	all := lastOfEach(t)
	slices.SortStableFunc(all, func(a, b int) int { return compare(t.name(a), t.name(b)) })
	return all
}

// integersFirst is the order of an object's keys in JavaScript: array indices ascending.
func integersFirst(t *tree) []int {
	all := lastOfEach(t)
	index := func(i int) uint64 {
		name := t.name(i)
		if n, err := strconv.ParseUint(name, 10, 32); err == nil && strconv.FormatUint(n, 10) == name {
			return n
		}
		return 1 << 32
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(index(a), index(b)) })
	return all
}

func without(t *tree, values ...string) []int {
	return slices.DeleteFunc(everything(t), func(i int) bool {
		item := t.items[i]
		text := string(item.scalar)
		if item.kind != 0 && len(item.items) == 0 {
			text = map[byte]string{'{': "{}", '[': "[]"}[item.kind]
		}
		return slices.Contains(values, text)
	})
}

// write appends t in compact form.
func (t *tree) write(out []byte, order func(*tree) []int) []byte {
	switch t.kind {
	case '{':
		out = append(out, '{')
		for n, i := range order(t) {
			if n > 0 {
				out = append(out, ',')
			}
			out = append(append(out, t.keys[i]...), ':')
			out = t.items[i].write(out, order)
		}
		return append(out, '}')
	case '[':
		out = append(out, '[')
		for i, item := range t.items {
			if i > 0 {
				out = append(out, ',')
			}
			out = item.write(out, order)
		}
		return append(out, ']')
	default:
		return append(out, t.scalar...)
	}
}
