package webhooktest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// caught is a case and the text that it must report. If patience is set, the case waits that
// long for an answer that does not come.
type caught struct {
	by, says string
	patience time.Duration
}

const (
	accepts  = "the answers have the statuses [200], not [401]"
	refuses  = "the answers have the statuses [401], not [200]"
	noAnswer = "the answers have the statuses []"
	late     = "the answers have the statuses [" // there is none, or 100

	soon = 200 * time.Millisecond
)

// bug is one mistake in a receiver that is otherwise correct.
type bug struct {
	name   string
	spoil  func(s *receiver)
	caught []caught // in this order; one with an empty says must pass
}

// skipShort leaves a test that takes long to make ci.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("make ci runs it")
	}
}

func everyBug() []bug {
	return slices.Concat(headerBugs, keyBugs, bodyBugs, readingBugs, connectionBugs, refusalBugs, errorHandlerBugs, engineBugs)
}

func TestBrokenReceiversAreCaught(t *testing.T) {
	for _, b := range everyBug() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			checkCaught(t, serving(b.spoil), b.caught...)
		})
	}
}

// checkCaught plays the cases, and fails unless each reports its text.
func checkCaught(t *testing.T, start start, all ...caught) {
	t.Helper()
	var turns []webhooktest.Turn
	for _, c := range all {
		turns = append(turns, webhooktest.Turn{Case: c.by, Patience: c.patience})
	}
	var secrets []string
	_, problems := webhooktest.Play(t, func(t *testing.T, r webhooktest.Receiver, both []string) string {
		secrets = slices.Clone(both)
		return start(t, r, both)
	}, turns)
	for _, c := range all {
		checkSecrecy(t, problems[c.by], secrets)
		first, _, _ := strings.Cut(problems[c.by], "\n")
		if (c.says == "") != (first == "") || !strings.Contains(first, c.says) {
			t.Errorf("%s should say %q, and says %q", c.by, c.says, first)
		}
	}
}
