package diagnose_test

import "testing"

// skipUnderRace skips a slow test under the race detector. Nothing is lost, because Explain
// starts no goroutine. `make ci` also runs these tests without the race detector.
func skipUnderRace(t testing.TB) {
	t.Helper()
	if underRace {
		t.Skip("slow, and Explain starts no goroutine")
	}
}
