package sendsarriver_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestScratch(t *testing.T) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})))
	for _, pg := range []bool{false, true} {
		var db *sql.DB
		var err error
		open := sendsarriver.SQLite
		if pg {
			db, err = sql.Open("pgx", os.Getenv("PGURL"))
			db.SetMaxIdleConns(20)
			open = sendsarriver.Postgres
		} else {
			db, err = sendsarriver.OpenSQLite(t.TempDir() + "/a b?#%.db")
		}
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		n := 0
		box, err := open(t.Context(), db, sendsarriver.Config{MaxAttempts: 1, Handler: func(ctx context.Context, d webhook.Delivery) error {
			mu.Lock()
			n++
			mu.Unlock()
			if len(d.Body) == 0 {
				return fmt.Errorf("no \x00 body %v", d.Body == nil)
			}
			tx, err := sendsarriver.Tx(ctx)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, "SELECT 1")
			return err
		}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			if err := box.Store(t.Context(), webhook.Delivery{Body: []byte(fmt.Sprint("x", i/3))}); err != nil {
				t.Error(err)
			}
		}
		fmt.Println(box.Store(t.Context(), webhook.Delivery{Body: []byte{}}))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- box.Run(ctx) }()
		time.Sleep(2 * time.Second)
		mu.Lock()
		fmt.Println(n)
		mu.Unlock()
		dead, err := box.Dead(ctx, 0, 10)
		fmt.Println(dead, err, box.Retry(ctx, 7777777))
		fmt.Println(box.Retry(ctx, dead[0].ID))
		time.Sleep(time.Second)
		dead, err = box.Dead(ctx, 0, 10)
		fmt.Println(dead, err)
		fmt.Println(box.Discard(ctx, dead[0].ID), box.Discard(ctx, dead[0].ID))
		dead, err = box.Dead(ctx, 0, 10)
		fmt.Println(dead, err)
		cancel()
		start := time.Now()
		fmt.Println(<-done, time.Since(start))
	}
}
