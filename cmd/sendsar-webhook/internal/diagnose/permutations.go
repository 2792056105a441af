package diagnose

import (
	"encoding/json"
	"slices"
)

const (
	maxPermutedBytes  = 2 << 10
	maxPermutedSorted = 300_000 // orders of the objects whose keys are sorted
	maxPermuted       = 3_000   // of all objects
	maxPermutedKeys   = 8
)

// orders tries the orders that the keys of a small document may have been in before
// something sorted them or put them into a map. It is the last thing that is tried.
func (s *search) orders(b body) {
	if len(b.bytes) > maxPermutedBytes || !json.Valid(b.bytes) || s.stop() {
		return
	}
	var forms [][]byte
	for _, e := range []escaping{escapings[0], escapings[1]} {
		if out, ok := rewriteJSON(b.bytes, spacings[1], e); ok && (len(forms) == 0 || string(out) != string(forms[0])) {
			forms = append(forms, out)
		}
	}
	for _, form := range forms {
		root, ok := parseTree(form)
		if !ok {
			return
		}
		var objects, ordered []*tree
		collect(root, func(t *tree) {
			if len(t.keys) > 1 {
				objects = append(objects, t)
				if isSorted(t) {
					ordered = append(ordered, t)
				}
			}
		})
		p := permuter{s: s, b: b, root: root, order: map[*tree][]int{}}
		if len(ordered) > 0 && permutations(ordered) <= maxPermutedSorted && !p.permute(ordered) {
			return
		}
		if permutations(objects) <= maxPermuted {
			if len(ordered) < len(objects) && !p.permute(objects) {
				return
			}
			continue
		}
		for _, t := range objects { // one object at a time
			if len(t.keys) <= maxPermutedKeys && (isSorted(t) || len(t.keys) < 6) && !p.permute([]*tree{t}) {
				return
			}
		}
	}
}

// isSorted reports whether the keys of t are in an order in which programs sort them.
func isSorted(t *tree) bool {
	all := everything(t)
	for _, o := range orders {
		if o.sorts && slices.Equal(o.order(t), all) {
			return true
		}
	}
	return false
}

// permutations counts the orders of the keys of all objects. It stops above the number that
// is tried.
func permutations(objects []*tree) int {
	total := 1
	for _, t := range objects {
		for n := 2; n <= len(t.keys) && total <= maxPermutedSorted; n++ {
			total *= n
		}
	}
	return total
}

func collect(t *tree, visit func(*tree)) {
	visit(t)
	for _, item := range t.items {
		collect(item, visit)
	}
}

type permuter struct {
	s     *search
	b     body
	root  *tree
	order map[*tree][]int
	out   []byte
}

// permute tries every order of the objects' keys. It reports whether the search goes on.
func (p *permuter) permute(objects []*tree) bool {
	if len(objects) == 0 {
		p.out = p.root.write(p.out[:0], func(t *tree) []int {
			if order := p.order[t]; order != nil {
				return order
			}
			return everything(t)
		})
		p.s.budget.spend(300, 3, len(p.out))
		return p.s.tryOrder(p.b, p.out)
	}
	order := everything(objects[0])
	p.order[objects[0]] = order
	defer delete(p.order, objects[0])
	return p.each(order, 0, objects[1:])
}

func (p *permuter) each(order []int, from int, rest []*tree) bool {
	if from >= len(order)-1 {
		return p.permute(rest)
	}
	for i := from; i < len(order); i++ {
		order[from], order[i] = order[i], order[from]
		goesOn := p.each(order, from+1, rest)
		order[from], order[i] = order[i], order[from]
		if !goesOn {
			return false
		}
	}
	return true
}

// tryOrder compares the readings with the MACs of one order, for the keys of tier 0 only. It
// reports whether the search goes on.
func (s *search) tryOrder(b body, written []byte) bool {
	changed := b.with(written, rewritten("with its keys in another order"))
	changed.rewrites = true
	for _, k := range s.keys {
		if k.tier > 0 {
			continue
		}
		s.budget.spend(400, 1, len(written)*2/3)
		if s.tries++; s.progress != nil && s.tries%4096 == 0 {
			s.progress(s.tries)
		}
		if s.match(k, 0, changed) {
			return false
		}
	}
	return !s.stop()
}
