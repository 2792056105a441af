package webhook_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// arrivals are ways in which the same bytes may arrive.
var arrivals = map[string]func(w *wire){
	"as fast as it is read":      func(*wire) {},
	"with the end at once":       func(w *wire) { w.eofAtOnce = true },
	"in packets":                 func(w *wire) { w.chunk = 1460 },
	"in packets and end at once": func(w *wire) { w.chunk, w.eofAtOnce = 1460, true },
	"in blocks of 4 KiB":         func(w *wire) { w.chunk = 4 << 10 },
}

// receive verifies w.data with a genuine signature, as it arrives over w.
func receive(t testing.TB, v *webhook.Verifier, w *wire, size int64) (webhook.Delivery, error) {
	t.Helper()
	d, err := v.VerifyReader(contextOf(t), w, size, signed(webhook.Sign(currentSecret, []byte(w.data))))
	w.checkGrowth()
	return d, err
}

func TestAnnouncedLength(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	for _, announced := range []int{0, 1, 2, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20} {
		for _, arrives := range []int{0, announced / 2, announced - 1, announced, announced + 1, 2*announced + 5} {
			if arrives < 0 {
				continue
			}
			var want error
			if arrives != announced {
				want = webhook.ErrBodyAltered
			}
			for name, how := range arrivals {
				t.Run(fmt.Sprintf("%d announced, %d come %s", announced, arrives, name), func(t *testing.T) {
					w := &wire{t: t, data: strings.Repeat("x", arrives)}
					how(w)
					d, err := receive(t, v, w, int64(announced))
					checkVerdict(t, d, err, want, w.data)
					if w.arrived > announced+1 {
						t.Errorf("%d bytes were read", w.arrived)
					}
				})
			}
		}
	}
	t.Run("a nil body is as long as it was announced or altered", func(t *testing.T) {
		header := signed(webhook.Sign(currentSecret, nil))
		for size, want := range map[int64]error{-1: nil, 0: nil, 1: webhook.ErrBodyAltered, 1 << 20: webhook.ErrBodyAltered} {
			d, err := v.VerifyReader(contextOf(t), nil, size, header)
			checkVerdict(t, d, err, want, "")
		}
	})
	t.Run("a body longer than announced is not accepted by its first part", func(t *testing.T) {
		d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody+"x"), int64(len(eventBody)), signed(webhook.Sign(currentSecret, []byte(eventBody))))
		checkVerdict(t, d, err, webhook.ErrBodyAltered, "")
	})
	t.Run("the error tells of an earlier middleware", func(t *testing.T) {
		for _, body := range []string{"", "x", "xxx"} {
			_, err := v.VerifyReader(contextOf(t), strings.NewReader(body), 2, signed(webhook.Sign(currentSecret, nil)))
			checkError(t, err, webhook.ErrBodyAltered)
			if !strings.Contains(err.Error(), "earlier middleware") || !strings.Contains(err.Error(), "verify first") {
				t.Errorf("%q has no hint", err)
			}
		}
	})
}

func TestMismatchOfAnUnknownLengthCarriesTheHint(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	for size, hint := range map[int64]bool{-1: true, math.MinInt64: true, 0: false} {
		_, err := v.VerifyReader(contextOf(t), nil, size, signed(webhook.Sign(currentSecret, []byte(eventBody))))
		checkError(t, err, webhook.ErrSignatureMismatch)
		if got := strings.Contains(err.Error(), "earlier middleware") && strings.Contains(err.Error(), "verify first"); got != hint {
			t.Errorf("size %d: a hint in %q: %t, want %t", size, err, got, hint)
		}
	}
}

func TestLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20} {
		v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(int64(limit)))
		for _, arrives := range []int{0, limit - 1, limit, limit + 1, limit + 100_000} {
			var want error
			if arrives > limit {
				want = webhook.ErrBodyTooLarge
			}
			for name, how := range arrivals {
				t.Run(fmt.Sprintf("of %d, %d come %s", limit, arrives, name), func(t *testing.T) {
					w := &wire{t: t, data: strings.Repeat("x", arrives)}
					how(w)
					d, err := receive(t, v, w, -1)
					checkVerdict(t, d, err, want, w.data)
					if w.arrived > limit+1 {
						t.Errorf("%d bytes were read", w.arrived)
					}

					w = &wire{t: t, data: w.data}
					how(w)
					d, err = receive(t, v, w, int64(arrives))
					checkVerdict(t, d, err, want, w.data)
					if want != nil && w.asked != nil {
						t.Error("a body whose announced length is over the limit was read")
					}
				})
			}
		}
	}
	t.Run("a body over the limit is not accepted by its first part", func(t *testing.T) {
		v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(int64(len(eventBody))))
		d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody+"x"), -1, signed(webhook.Sign(currentSecret, []byte(eventBody))))
		checkVerdict(t, d, err, webhook.ErrBodyTooLarge, "")
	})
}

// No sum of sizes may overflow: the greatest limit allows every announced length, and no
// memory is allocated for it before its bytes arrive.
func TestGreatestLimit(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(math.MaxInt64))
	for _, arrives := range []int{0, 1, 4096, 65536, 100_000} {
		for _, size := range []int64{math.MinInt64, -1, int64(arrives), int64(arrives) + 1, 1 << 31, 1 << 32, 1 << 62, math.MaxInt64 - 1, math.MaxInt64} {
			t.Run(fmt.Sprintf("%d come, size %d", arrives, size), func(t *testing.T) {
				var want error
				if size > int64(arrives) {
					want = webhook.ErrBodyAltered
				}
				w := &wire{t: t, data: strings.Repeat("x", arrives)}
				d, err := receive(t, v, w, size)
				checkVerdict(t, d, err, want, w.data)
			})
		}
	}
	t.Run("the limit before the greatest", func(t *testing.T) {
		v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(math.MaxInt64-1))
		d, err := v.VerifyReader(contextOf(t), untouchable{t}, math.MaxInt64, signed(webhook.Sign(currentSecret, nil)))
		checkVerdict(t, d, err, webhook.ErrBodyTooLarge, "")
	})
}

func TestMemoryFollowsWhatArrived(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(64<<20))
	for _, length := range []int{0, 1, 4096, 5000, 65536, 70_000, 1 << 20, 3<<20 + 1} {
		for _, chunk := range []int{0, 1, 7, 1460, 65536} {
			if chunk == 1 && length > 70_000 {
				continue // a Read for each of a million bytes shows nothing more
			}
			for _, size := range []int64{-1, int64(length)} {
				t.Run(fmt.Sprintf("%d bytes of size %d in pieces of %d", length, size, chunk), func(t *testing.T) {
					w := &wire{t: t, data: strings.Repeat("x", length), chunk: chunk}
					d, err := receive(t, v, w, size)
					checkVerdict(t, d, err, nil, w.data)
				})
			}
		}
	}
	t.Run("the announced rest of 1 MiB comes in one step", func(t *testing.T) {
		w := &wire{t: t, data: strings.Repeat("x", 1<<20)}
		d, err := receive(t, v, w, 1<<20)
		checkVerdict(t, d, err, nil, w.data)
		want := []ask{{0, 4 << 10}, {4 << 10, 60 << 10}, {64 << 10, 960 << 10}, {1 << 20, 1}}
		if !slices.Equal(w.asked, want) {
			t.Errorf("read as %v, want %v", w.asked, want)
		}
	})
	t.Run("a body announced short has no more room than that and one byte", func(t *testing.T) {
		w := &wire{t: t, data: "12345"}
		_, err := receive(t, v, w, 5)
		checkError(t, err, nil)
		if want := []ask{{0, 5}, {5, 1}}; !slices.Equal(w.asked, want) {
			t.Errorf("read as %v, want %v", w.asked, want)
		}
	})
}

func TestDeliveriesShareNoMemory(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	verify := func(body string) webhook.Delivery {
		d, err := v.VerifyReader(contextOf(t), strings.NewReader(body), -1, signed(webhook.Sign(currentSecret, []byte(body))))
		checkVerdict(t, d, err, nil, body)
		return d
	}
	var kept []webhook.Delivery
	for i := range 50 {
		kept = append(kept, verify(strings.Repeat(string(rune('a'+i%26)), 100)))
	}
	for i, d := range kept {
		if want := strings.Repeat(string(rune('a'+i%26)), 100); string(d.Body) != want {
			t.Errorf("delivery %d was overwritten", i)
		}
		_ = append(d.Body, "more"...)
	}
}

func TestReadersOfEverySort(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	eachOf(t, map[string]func(io.Reader) io.Reader{
		"one byte at a time":      iotest.OneByteReader,
		"half of what is asked":   iotest.HalfReader,
		"the end with the data":   iotest.DataErrReader,
		"a limited one":           func(r io.Reader) io.Reader { return io.LimitReader(r, 1<<20) },
		"one of several":          func(r io.Reader) io.Reader { return io.MultiReader(strings.NewReader(""), r) },
		"one that is empty often": func(r io.Reader) io.Reader { return &hesitant{Reader: r} },
	}, func(t *testing.T, reader func(io.Reader) io.Reader) {
		for _, body := range []string{"", "x", eventBody, strings.Repeat("x", 4096), strings.Repeat("x", 70_000)} {
			for _, size := range []int64{-1, int64(len(body))} {
				d, err := v.VerifyReader(contextOf(t), reader(strings.NewReader(body)), size, signed(webhook.Sign(currentSecret, []byte(body))))
				checkVerdict(t, d, err, nil, body)
			}
		}
	})
}

// A body in memory is read in one step, by the same rules.
func TestBodyInMemory(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(70_000))
	type row struct {
		length int
		size   int64
		want   error
	}
	eachOf(t, map[string]row{
		"empty":                          {0, 0, nil},
		"empty, of unknown length":       {0, -1, nil},
		"as announced":                   {5000, 5000, nil},
		"of unknown length":              {5000, -1, nil},
		"as long as the limit":           {70_000, 70_000, nil},
		"unknown, as long as the limit":  {70_000, -1, nil},
		"shorter than announced":         {5000, 5001, webhook.ErrBodyAltered},
		"longer than announced":          {5000, 4999, webhook.ErrBodyAltered},
		"something where nothing was":    {1, 0, webhook.ErrBodyAltered},
		"over the limit":                 {70_001, -1, webhook.ErrBodyTooLarge},
		"over the limit, and so said":    {70_001, 70_001, webhook.ErrBodyTooLarge},
		"over the limit, said otherwise": {70_001, 5000, webhook.ErrBodyAltered},
	}, func(t *testing.T, c row) {
		body := strings.Repeat("x", c.length)
		memory := []byte(body)
		buffer := bytes.NewBuffer(memory)
		d, err := v.VerifyReader(contextOf(t), buffer, c.size, signed(webhook.Sign(currentSecret, memory)))
		if c.want == nil && buffer.Len() > 0 {
			t.Errorf("%d bytes are left", buffer.Len())
		}
		clear(memory) // as Fiber does with its own
		checkVerdict(t, d, err, c.want, body)
	})
}

// hesitant returns nothing three times before it returns something.
type hesitant struct {
	io.Reader
	reads int
}

func (h *hesitant) Read(p []byte) (int, error) {
	if h.reads++; h.reads%4 != 0 {
		return 0, nil
	}
	return h.Reader.Read(p)
}

// The bodies here have a genuine signature, at least for the part that arrives. If a reader
// fails, there must be no verdict on the signature.
func TestReadersThatFail(t *testing.T) {
	foreign := errors.New("foreign")
	head, rest := eventBody[:20], eventBody[20:]
	type row struct {
		answers script
		want    error
	}
	v := webhook.MustNew(currentSecret)
	eachOf(t, map[string]row{
		"at once":                         {script{{err: foreign}}, webhook.ErrBodyRead},
		"after a part":                    {script{{data: head}, {err: foreign}}, webhook.ErrBodyRead},
		"beside a part":                   {script{{data: head, err: foreign}}, webhook.ErrBodyRead},
		"after all of it":                 {script{{data: eventBody}, {err: foreign}}, webhook.ErrBodyRead},
		"beside all of it":                {script{{data: eventBody, err: foreign}}, webhook.ErrBodyRead},
		"beside the rest of it":           {script{{data: head}, {data: rest, err: foreign}}, webhook.ErrBodyRead},
		"early end after all of it":       {script{{data: eventBody}, {err: io.ErrUnexpectedEOF}}, webhook.ErrBodyRead},
		"a wrapped end":                   {script{{data: eventBody}, {err: fmt.Errorf("wrapped: %w", io.EOF)}}, webhook.ErrBodyRead},
		"a wrapped end beside all of it":  {script{{data: eventBody, err: fmt.Errorf("wrapped: %w", io.EOF)}}, webhook.ErrBodyRead},
		"a joined end":                    {script{{data: eventBody}, {err: errors.Join(io.EOF)}}, webhook.ErrBodyRead},
		"nothing forever":                 {script{{}}, webhook.ErrBodyRead},
		"nothing forever after a part":    {script{{data: head}, {}}, webhook.ErrBodyRead},
		"nothing forever after all of it": {script{{data: eventBody}, {}}, webhook.ErrBodyRead},
		"fewer than none read":            {script{{n: -1}}, webhook.ErrBodyRead},
		"fewer than none and the end":     {script{{data: eventBody}, {n: -1, err: io.EOF}}, webhook.ErrBodyRead},
		"more read than there was room":   {script{{n: math.MaxInt32}}, webhook.ErrBodyRead},
		"more than room and the end":      {script{{data: eventBody}, {n: math.MaxInt32, err: io.EOF}}, webhook.ErrBodyRead},
		"more than room beside an error":  {script{{n: math.MaxInt32, err: foreign}}, webhook.ErrBodyRead},
		"no failure, the end alone":       {script{{data: eventBody}, {err: io.EOF}}, nil},
		"no failure, the end at once":     {script{{data: eventBody, err: io.EOF}}, nil},
		"no failure, the end in two":      {script{{data: head}, {data: rest, err: io.EOF}}, nil},
	}, func(t *testing.T, c row) {
		for _, body := range []string{eventBody, head} {
			for _, size := range []int64{-1, int64(len(eventBody))} {
				answers := slices.Clone(c.answers)
				d, err := v.VerifyReader(contextOf(t), &answers, size, signed(webhook.Sign(currentSecret, []byte(body))))
				want := c.want
				if want == nil && body == head {
					want = webhook.ErrSignatureMismatch
				}
				checkVerdict(t, d, err, want, eventBody)
			}
		}
	})
	t.Run("with nothing forever say so", func(t *testing.T) {
		_, err := v.VerifyReader(contextOf(t), &script{{}}, -1, signed(webhook.Sign(currentSecret, nil)))
		if !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("%v is not io.ErrNoProgress", err)
		}
	})
	t.Run("beside more than was announced, by their error", func(t *testing.T) {
		_, err := v.VerifyReader(contextOf(t), &script{{data: "12345", err: foreign}}, 3, signed(webhook.Sign(currentSecret, nil)))
		checkError(t, err, webhook.ErrBodyRead)
	})
}

func TestAPanicOfTheReaderIsTheCallers(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	checkPanic(t, func() {
		_, _ = v.VerifyReader(contextOf(t), panicking{}, -1, signed(webhook.Sign(currentSecret, nil)))
	}, errPanicking)
	checkError(t, v.Verify(nil, webhook.Sign(currentSecret, nil)), nil)
}

var errPanicking = errors.New("the reader panics")

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic(errPanicking) }

// pieces returns data in the lengths that the fuzzer chose, and repeats them.
type pieces struct {
	wire
	lengths []byte
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.lengths) > 0 {
		p.chunk = 1 + int(p.lengths[0])
		p.lengths = append(p.lengths[1:], p.lengths[0])
	}
	return p.wire.Read(b)
}

func FuzzVerifyReader(f *testing.F) {
	f.Add([]byte(eventBody), []byte{1, 2, 3}, int64(len(eventBody)), int64(1<<20), true)
	f.Add([]byte(eventBody), []byte{}, int64(-1), int64(len(eventBody)-1), false)
	f.Add([]byte(everyByte()), []byte{255}, int64(math.MaxInt64), int64(math.MaxInt64), true)
	f.Add([]byte{}, []byte{0}, int64(0), int64(1), false)
	f.Add([]byte(strings.Repeat("x", 70_000)), []byte{0, 255}, int64(70_000), int64(70_000), false)
	f.Add([]byte(strings.Repeat("x", 4096)), []byte{}, int64(4095), int64(4096), true)
	f.Fuzz(func(t *testing.T, body, lengths []byte, size, limit int64, eofAtOnce bool) {
		if limit <= 0 {
			limit = webhook.DefaultMaxBodyBytes
		}
		v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(limit))
		p := &pieces{wire{t: t, data: string(body), eofAtOnce: eofAtOnce}, slices.Clone(lengths)}
		d, err := v.VerifyReader(contextOf(t), p, size, signed(webhook.Sign(currentSecret, body)))
		p.checkGrowth()

		length, most := int64(len(body)), limit
		var want error
		switch {
		case size > limit:
			want, most = webhook.ErrBodyTooLarge, 0
		case size >= 0 && length != size:
			want, most = webhook.ErrBodyAltered, size
		case size < 0 && length > limit:
			want = webhook.ErrBodyTooLarge
		}
		checkVerdict(t, d, err, want, string(body))
		inMemory, err := v.VerifyReader(contextOf(t), bytes.NewBuffer(slices.Clone(body)), size, signed(webhook.Sign(currentSecret, body)))
		checkVerdict(t, inMemory, err, want, string(body))
		if read := int64(p.arrived); read > 0 && read-1 > most || size > limit && p.asked != nil {
			t.Errorf("%d bytes were read, %d allowed", read, most)
		}
	})
}
