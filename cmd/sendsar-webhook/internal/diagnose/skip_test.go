package diagnose_test

import "testing"

// skipUnderRace leaves a slow test out under the race detector: Explain starts no
// goroutine. `make test` runs these tests without it as well.
func skipUnderRace(t testing.TB) {
	t.Helper()
	if underRace {
		t.Skip("slow, and Explain starts no goroutine")
	}
}
