package adapter_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

type timeout struct{ error }

func (timeout) Timeout() bool { return true }

func TestStream(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, test := range []struct {
		name      string
		stream    io.Reader
		announced int
		want      error
		ended     bool
	}{
		{"that is whole", strings.NewReader("abc"), 3, nil, true},
		{"whose end comes beside its last bytes", iotest.DataErrReader(strings.NewReader("abc")), 3, nil, true},
		{"whose length was not announced", strings.NewReader("abc"), -1, nil, true},
		{"that is short", strings.NewReader("ab"), 3, io.ErrUnexpectedEOF, false},
		{"that fails", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), 3, broken, false},
		{"that times out", iotest.ErrReader(timeout{broken}), 3, os.ErrDeadlineExceeded, false},
		{"that says so in its text only", iotest.ErrReader(fmt.Errorf("broken chunk: %s", os.ErrDeadlineExceeded)), -1, os.ErrDeadlineExceeded, false}, //nolint:errorlint // as fasthttp does
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := adapter.NewStream(test.stream, test.announced)
			_, err := io.ReadAll(s)
			if !errors.Is(err, test.want) || s.Ended() != test.ended {
				t.Errorf("error %v, Ended() = %t; want %v, %t", err, s.Ended(), test.want, test.ended)
			}
		})
	}
}
