package module

import "io"

const (
	Limit      = 1 << 20
	Name  Kind = "name"
)

var Err, hidden error

type (
	Kind   string
	Alias  = io.Reader
	Pair[T any] struct{ A, B T }
	Reader interface{ Read(n int) error }
	Mixed  struct {
		io.Writer
		Tagged int `json:"tagged"`
		secret string
	}
)

func (Mixed) Value()          {}
func (*Mixed) Pointer() error { return nil }
func (*Mixed) private()       {}

func Do(r io.Reader, more ...Kind) (n int, err error) { return 0, nil }

func private() {}
