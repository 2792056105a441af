//go:build !race

package diagnose_test

// underRace is true where the race detector makes a search about ten times slower.
const underRace = false
