package diagnose

// The limits of one search. Work is an estimate in nanoseconds of an ordinary machine. It is
// counted, not measured, so the result does not depend on how fast or busy the machine is.
const (
	work              = 600_000_000
	maxInflatedBytes  = 1 << 20
	maxRewrittenBytes = 1 << 20
	maxKeptBytes      = 96 << 20
	maxOpenedBytes    = 4 << 20 // of one body after it was inflated or decoded
	largeBytes        = 32 << 10
	workInSecondPass  = work / 2 // additional work for large bodies
)

// budget bounds the work of a search.
type budget struct {
	left int
	kept int // bytes of bodies that are still to be looked into
}

// spend subtracts the cost of one step: a fixed part and a part for each byte.
func (b *budget) spend(fixed, perByte, bytes int) {
	b.left -= fixed + perByte*bytes
}

func (b *budget) over() bool { return b.left <= 0 }
