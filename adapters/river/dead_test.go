package sendsarriver_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestDead(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		var failing atomic.Bool
		failing.Store(true)
		box := db.inbox(t, sendsarriver.Config{MaxAttempts: 1, Handler: func(_ context.Context, d webhook.Delivery) error {
			switch {
			case string(d.Body) == "fine" || !failing.Load():
				return nil
			case string(d.Body) == "hopeless":
				return fmt.Errorf("wrapped: %w", river.JobCancel(errors.New("never")))
			}
			return errors.New("a\x00b")
		}})
		start := time.Now().Add(-time.Second)
		require.NoError(t, box.Store(t.Context(), webhook.Delivery{Body: []byte("first"), Account: "acme"}))
		for _, body := range []string{"fine", "hopeless", "last"} {
			require.NoError(t, box.Store(t.Context(), delivery(body)))
		}
		running(t, box)
		db.finished(t)

		dead, err := box.Dead(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Len(t, dead, 3)
		for i, body := range []string{"first", "hopeless", "last"} {
			assert.Equal(t, body, string(dead[i].Delivery.Body))
			assert.Equal(t, 1, dead[i].Attempts)
			assert.WithinRange(t, dead[i].StoredAt, start, time.Now().Add(time.Second))
			assert.WithinRange(t, dead[i].GaveUpAt, start, time.Now().Add(time.Second))
		}
		assert.Equal(t, "acme", dead[0].Delivery.Account)
		assert.Equal(t, "a\ufffdb", dead[0].Error)
		assert.Contains(t, dead[1].Error, "never")

		page, err := box.Dead(t.Context(), dead[0].ID, 1)
		require.NoError(t, err)
		assert.Equal(t, dead[1:2], page, "the next one")
		page, err = box.Dead(t.Context(), dead[2].ID, 1)
		require.NoError(t, err)
		assert.Empty(t, page)
		for _, limit := range []int{0, -1, 10_001} {
			_, err = box.Dead(t.Context(), 0, limit)
			require.ErrorContains(t, err, "limit")
		}

		require.NoError(t, box.Store(t.Context(), delivery("last")), "a copy of a dead one")
		require.NoError(t, box.Discard(t.Context(), dead[2].ID))
		assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM "+db.table+" WHERE body IS NULL AND done_at IS NULL"), "erased")
		require.NoError(t, box.Store(t.Context(), delivery("last")), "a copy of a discarded one")
		require.NoError(t, box.Retry(t.Context(), dead[0].ID))
		db.finished(t)
		page, err = box.Dead(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Len(t, page, 2, "the first one is dead again")
		assert.Equal(t, 2, page[0].Attempts)
		failing.Store(false)
		require.NoError(t, box.Retry(t.Context(), page[0].ID))
		require.NoError(t, box.Retry(t.Context(), page[1].ID))
		db.finished(t)
		page, err = box.Dead(t.Context(), 0, 10)
		require.NoError(t, err)
		assert.Empty(t, page)

		for name, id := range map[string]int64{"done": dead[0].ID, "discarded": dead[2].ID, "unknown": 12345} {
			require.ErrorIs(t, box.Retry(t.Context(), id), sendsarriver.ErrNotDead, name)
			require.ErrorIs(t, box.Discard(t.Context(), id), sendsarriver.ErrNotDead, name)
		}
		assert.Equal(t, 3, db.number(t, "SELECT count(*) FROM "+db.table+" WHERE done_at IS NOT NULL AND body IS NULL"), "all others are done")
	})
}

// The last attempt did its work, and was killed before it could report that to River.
func TestDoneByALostAttempt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{Handler: func(context.Context, webhook.Delivery) error { return errors.New("no") }, MaxAttempts: 1})
		for i := range 4 {
			require.NoError(t, box.Store(t.Context(), delivery(fmt.Sprint(i))))
		}
		running(t, box)
		db.finished(t)
		db.exec(t, "UPDATE "+db.table+" SET done_at = "+map[string]string{"SQLite": "unixepoch()", "PostgreSQL": "now()"}[db.engine]+", body = NULL WHERE id IN (1, 2, 4)")
		dead, err := box.Dead(t.Context(), 0, 1)
		require.NoError(t, err)
		require.Len(t, dead, 1)
		assert.Equal(t, "2", string(dead[0].Delivery.Body))
		dead, err = box.Dead(t.Context(), dead[0].ID, 1)
		require.NoError(t, err)
		assert.Empty(t, dead)
	})
}

// A job never finds the row of another delivery.
func TestRowsThatWereDeleted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{})
		require.NoError(t, box.Store(t.Context(), delivery("one")))
		first := db.number(t, "SELECT max(id) FROM "+db.table)
		db.exec(t, "DELETE FROM "+db.table)
		require.NoError(t, box.Store(t.Context(), delivery("two")))
		assert.Greater(t, db.number(t, "SELECT max(id) FROM "+db.table), first)
	})
}

func TestDeliveriesThatAreNotDead(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{})
		require.NoError(t, box.Store(t.Context(), delivery("waiting")))
		id := int64(db.number(t, "SELECT id FROM "+db.jobs))
		require.ErrorIs(t, box.Discard(t.Context(), id), sendsarriver.ErrNotDead)
		require.ErrorIs(t, box.Retry(t.Context(), id), sendsarriver.ErrNotDead)
		db.exec(t, "UPDATE "+db.jobs+" SET kind = 'another', state = 'discarded', finalized_at = created_at")
		require.ErrorIs(t, box.Discard(t.Context(), id), sendsarriver.ErrNotDead, "a job that is no delivery")
		assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM "+db.table+" WHERE body IS NOT NULL"))
	})
}
