package adapter_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

func TestHeaderBlock(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, block string
		http10      bool
		fault, ends bool
	}{
		{"no block at all", "", false, false, false},
		{"no lines", "\r\n", false, false, false},
		{"a length", "Host: x\r\nContent-Length: 3\r\n\r\n", false, false, false},
		{"a length in HTTP/1.0", "Content-Length: 3\r\n\r\n", true, false, false},
		{"white space around a length", "Content-Length:\t 3 \r\n\r\n", false, false, false},
		{"chunked", "tRANSFER-encoding: Chunked\r\n\r\n", false, false, false},
		{"every character of a token", "!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n", false, false, false},
		{"chunked in HTTP/1.0", "Transfer-Encoding: chunked\r\n\r\n", true, false, true},
		{"a length and chunked", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", false, false, true},
		{"chunked and a length", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", false, false, true},
		{"two lengths", "Content-Length: 3\r\ncontent-length: 3\r\n\r\n", false, false, true},
		{"two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", false, false, true},
		{"a list of lengths", "Content-Length: 3, 3\r\n\r\n", false, false, true},
		{"a length with a sign", "Content-Length: +3\r\n\r\n", false, false, true},
		{"an empty length", "Content-Length:\r\n\r\n", false, false, true},
		{"an empty coding", "Transfer-Encoding: \r\n\r\n", false, false, true},
		{"identity", "Transfer-Encoding: identity\r\n\r\n", false, false, true},
		{"gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n\r\n", false, false, true},
		{"white space before a colon", "Transfer-Encoding : chunked\r\n\r\n", false, false, true},
		{"white space in a name", "X Y: 1\r\n\r\n", false, false, true},
		{"a name beyond ASCII", "X-\u017f: 1\r\n\r\n", false, false, true},
		{"an empty name", ": 1\r\n\r\n", false, false, true},
		{"a line without a colon", "Host\r\n\r\n", false, false, true},
		{"a line feed alone", "A: 1\nB: 2\r\n\r\n", false, false, true},
		{"a carriage return alone", "A: 1\rB: 2\r\n\r\n", false, false, true},
		{"an end without a carriage return", "A: 1\r\n\n", false, false, true},
		{"a fold with a space", "A: 1\r\n 2\r\n\r\n", false, true, true},
		{"a fold with a tab", "A: 1\r\n\t2\r\n\r\n", false, true, true},
		{"a fold of white space", "A: 1\r\n \r\n\r\n", false, true, true},
		{"a fold in the first line", " A: 1\r\n\r\n", false, true, true},
		{"an empty line before the end", "A: 1\r\n\r\nB: 2\r\n\r\n", false, true, true},
		{"two empty lines", "A: 1\r\n\r\n\r\n", false, true, true},
		{"no empty line", "A: 1\r\n", false, true, true},
		{"no line end", "A: 1", false, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := adapter.Header(test.block)
			ends, err := h.Check(!test.http10, values(nil))
			if (err != nil) != test.fault || err != nil && !errors.Is(err, webhook.ErrBodyRead) {
				t.Errorf("the fault is %v", err)
			}
			if ends != test.ends {
				t.Errorf("it ends: %t", ends)
			}
		})
	}
}

func TestHeaderValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, block string
		want        []string
	}{
		{"one line", "Host: x\r\nSig: 1\r\n\r\n", []string{" 1"}},
		{"in another case", "sIG:1\r\n\r\n", []string{"1"}},
		{"twice", "Sig: 1\r\nSig:\t\r\n\r\n", []string{" 1", "\t"}},
		{"with a line feed alone", "Sig: 1\nSig: 2\r\n\r\n", []string{" 1", " 2"}},
		{"not a longer name", "Sig-2: 1\r\nXSig: 1\r\n\r\n", nil},
		{"not with white space before the colon", "Sig : 1\r\n\r\n", nil},
		{"not with a letter beyond ASCII", "\u017fig: 1\r\n\r\n", nil},
		{"not the part of a fold", "A: 1\r\n Sig: 1\r\n\r\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := adapter.Header(test.block).Values("Sig"); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestHeaderBesideParsedFields(t *testing.T) {
	t.Parallel()
	const block = "A: 1 2\r\nB: 3\r\nB: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
	same := [][2]string{{"A", "1 2"}, {"B", "3"}, {"B", "4"}, {"Transfer-Encoding", "chunked"}}
	for _, test := range []struct {
		name          string
		block         string
		parsed        [][2]string
		joined, lacks bool
	}{
		{"the same", block, same, false, false},
		{"in other case", strings.ToLower(block), same, false, false},
		{"fewer, of a line with a blank", block, same[1:], true, false},
		{"fewer, of a line without one", block, same[:3], false, false},
		{"a length for an empty body", block, append(same[:3:3], [2]string{"Content-Length", "0"}), false, false},
		{"one more", block, append(same[:4:4], [2]string{"C", "5"}), false, true},
		{"one more of a name", block, append(same[:4:4], [2]string{"b", "5"}), false, true},
		{"another value", block, [][2]string{{"A", "5"}}, true, false},
		{"no value of a line without a blank", "A: 12\r\n\r\n", nil, false, false},
		{"no value of a line that ends with the same bytes twice", "A: x1212\r\n\r\n", nil, true, false},
		{"a tab in a value", "A: 1\t2\r\n\r\n", [][2]string{{"A", "1"}}, true, false},
		{"two blanks behind a value", "A: 1 \t\r\n\r\n", [][2]string{{"A", "1"}}, true, false},
		{"one blank behind a value", "A: 1 \r\n\r\n", [][2]string{{"A", "1"}}, false, false},
		{"a line that equals one which was joined", "A: 1 2\r\nA: 1 2\r\n\r\n", [][2]string{{"A", "1"}, {"A", "1 2"}}, true, false},
		{"the last of two, where the framework keeps one", "User-Agent: 1 2\r\nUser-Agent: 3\r\n\r\n", [][2]string{{"User-Agent", "3"}}, true, false},
		{"a trailer in the place of a repeated line", "User-Agent: 1\r\nUser-Agent: 1\r\n\r\n", [][2]string{{"User-Agent", "1"}, {"User-Agent", "2"}}, false, true},
		{"a shorter value", block, [][2]string{{"A", "1"}}, true, false},
		{"an empty value", block, [][2]string{{"A", ""}}, true, false},
		{"very many lines", strings.Repeat("A: 1\r\n", 100) + "\r\n", nil, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := adapter.Header(test.block)
			if ends, _ := h.Check(true, values(test.parsed)); ends != test.joined {
				t.Errorf("it ends: %t", ends)
			}
			if got := h.Lacks(fields(test.parsed)); got != test.lacks {
				t.Errorf("Lacks() = %t", got)
			}
		})
	}
}

func values(parsed [][2]string) func(name string) [][]byte {
	return func(name string) (found [][]byte) {
		for _, field := range parsed {
			if strings.EqualFold(field[0], name) {
				found = append(found, []byte(field[1]))
			}
		}
		return found
	}
}

func fields(parsed [][2]string) func(field func(key, value []byte)) {
	return func(field func(key, value []byte)) {
		for _, one := range parsed {
			field([]byte(one[0]), []byte(one[1]))
		}
	}
}

// plain is a block that all servers read in the same way. The fuzz target compares with it,
// and with net/http's rules for lines.
var plain = regexp.MustCompile("^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r\n)*\r\n$")

var (
	blanks  = regexp.MustCompile("(?m)^[^\r\n]*:[^\r\n]*[ \t][ \t]\r$")
	aLength = regexp.MustCompile("(?im)^content-length:.*\r$")
	aCoding = regexp.MustCompile("(?im)^transfer-encoding:.*\r$")
	number  = regexp.MustCompile("(?im)^content-length:[ \t]*[0-9]+[ \t]*\r$")
	chunked = regexp.MustCompile("(?im)^transfer-encoding:[ \t]*chunked[ \t]*\r$")
)

func FuzzHeader(f *testing.F) {
	for _, block := range []string{
		"", "\r\n", "Host: x\r\nSig: 1\r\n\r\n", "Sig: 1\r\n 2\r\n\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		"A: 1\r\n\r\nSig: 2\r\n\r\n", "A\n\n", "Transfer-Encoding: x\r\n\r\n", "\u017fig: 1\r\n\r\n",
	} {
		f.Add(block, true)
		f.Add(block, false)
	}
	f.Fuzz(func(t *testing.T, block string, http11 bool) {
		h := adapter.Header(block)
		lengths, codings := len(aLength.FindAllString(block, -1)), len(aCoding.FindAllString(block, -1))
		clear := block == "" || plain.MatchString(block) && lengths+codings <= 1 && (codings == 0 || http11) &&
			lengths == len(number.FindAllString(block, -1)) && codings == len(chunked.FindAllString(block, -1))
		ends, fault := h.Check(http11, func(name string) (all [][]byte) { // everything is as it arrived
			for _, value := range h.Values(name) {
				all = append(all, []byte(strings.Trim(value, " \t")))
			}
			return all
		})
		if clear = clear && strings.Count(block, "\n") <= 100 && !blanks.MatchString(block); ends == clear {
			t.Errorf("it ends: %t, for %q, HTTP/1.1 %t", ends, block, http11)
		}

		var want []string
		faulty := block != ""
		for i, line := range strings.Split(block, "\n") {
			line = strings.TrimSuffix(line, "\r")
			name, value, found := strings.Cut(line, ":")
			if found && len(name) == 3 && strings.ToLower(name) == "sig" {
				want = append(want, value)
			}
			// The block must end right after its first empty line, and no line before it
			// may be folded.
			if faulty && line == "" {
				faulty = strings.Count(block, "\n") != i+1 || !strings.HasSuffix(block, "\n")
				break
			}
			if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
				break
			}
		}
		if (fault != nil) != faulty {
			t.Errorf("the fault is %v for %q", fault, block)
		}
		if got := h.Values("Sig"); !faulty && !slices.Equal(got, want) {
			t.Errorf("Values() = %q, want %q for %q", got, want, block)
		}
	})
}
