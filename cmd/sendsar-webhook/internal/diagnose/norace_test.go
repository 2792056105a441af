//go:build !race

package diagnose_test

// underRace is true under the race detector, which makes a search about ten times slower.
const underRace = false
