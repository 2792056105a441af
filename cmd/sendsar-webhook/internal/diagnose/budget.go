package diagnose

// The work of one search, in nanoseconds of an ordinary machine. It is a count, so that
// the result does not depend on how fast the machine is or how busy.
const (
	work              = 600_000_000
	maxInflatedBytes  = 1 << 20
	maxRewrittenBytes = 1 << 20
	maxKeptBytes      = 96 << 20
	maxOpenedBytes    = 4 << 20 // of one body after it was inflated or decoded
	largeBytes        = 32 << 10
	workInSecondPass  = work / 2 // more, for large bodies
)

// budget bounds the work of a search.
type budget struct {
	left int
	kept int // bytes of bodies that are still to be looked into
}

// spend takes away what one step costs: a fixed part and one for each byte.
func (b *budget) spend(fixed, perByte, bytes int) {
	b.left -= fixed + perByte*bytes
}

func (b *budget) over() bool { return b.left <= 0 }
