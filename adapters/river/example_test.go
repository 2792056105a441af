package sendsarriver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// A whole receiver: it answers when the delivery is on disk, and works on it afterwards.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	var events webhook.Mux
	events.On(webhook.EventMessageCreated, func(ctx context.Context, e webhook.Event) error {
		tx, err := sendsarriver.Tx(ctx) // committed if this function returns nil
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO messages (room, message) VALUES ($1, $2)", e.RoomID, string(e.Message))
		return err
	})

	db, err := sendsarriver.OpenSQLite("sendsar.db")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS messages (room TEXT, message TEXT)"); err != nil {
		log.Fatal(err)
	}
	box, err := sendsarriver.SQLite(ctx, db, sendsarriver.Config{Handler: events.Deliver})
	if err != nil {
		log.Fatal(err)
	}
	working, stopWorking := context.WithCancel(context.Background())
	worked := make(chan error, 1)
	go func() { worked <- box.Run(working) }()

	verifier := webhook.MustNew(os.Getenv("SENDSAR_WEBHOOK_SECRET"), webhook.WithLogger(slog.Default()))
	http.Handle("POST /webhooks/sendsar", verifier.Middleware(webhook.Handler(box.Store)))
	server := &http.Server{Addr: "127.0.0.1:8080", ReadTimeout: 10 * time.Second}
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()

	<-ctx.Done() // then stop one after the other
	if err := server.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
	stopWorking()
	if err := <-worked; err != nil {
		log.Print(err)
	}
	_ = db.Close()
}

// A copy of a delivery is acknowledged, and has no effect.
func ExampleInbox_Store() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	folder, err := os.MkdirTemp("", "inbox-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	db, err := sendsarriver.OpenSQLite(filepath.Join(folder, "sendsar.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = db.Close() }()

	worked := make(chan string, 3)
	box, err := sendsarriver.SQLite(ctx, db, sendsarriver.Config{Handler: func(_ context.Context, d webhook.Delivery) error {
		worked <- string(d.Body)
		return nil
	}})
	if err != nil {
		log.Fatal(err)
	}
	d := webhook.Delivery{Body: []byte(`{"event":"call.ended"}`)} // a verified one
	for range 3 {
		fmt.Println(box.Store(ctx, d))
	}
	ended := make(chan error, 1)
	go func() { ended <- box.Run(ctx) }()
	fmt.Println(<-worked)
	stop()
	fmt.Println(<-ended, len(worked))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// {"event":"call.ended"}
	// <nil> 0
}

// On PostgreSQL several processes can do the same. One of them may only store.
func ExamplePostgres() {
	ctx := context.Background()
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL")) // import _ "github.com/jackc/pgx/v5/stdlib"
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	box, err := sendsarriver.Postgres(ctx, db, sendsarriver.Config{}) // without a Handler
	if err != nil {
		log.Fatal(err)
	}
	verifier := webhook.MustNew(os.Getenv("SENDSAR_WEBHOOK_SECRET"))
	http.Handle("POST /webhooks/sendsar", verifier.Middleware(webhook.Handler(box.Store)))
}

// An operator gives each dead delivery one more attempt.
func ExampleInbox_Dead() {
	retryAll := func(ctx context.Context, box *sendsarriver.Inbox) error {
		for after := int64(0); ; {
			dead, err := box.Dead(ctx, after, 100)
			if err != nil || len(dead) == 0 {
				return err
			}
			for _, d := range dead {
				log.Printf("delivery %d: %d bytes, %d attempts: %s", d.ID, len(d.Delivery.Body), d.Attempts, d.Error)
				if err := box.Retry(ctx, d.ID); err != nil && !errors.Is(err, sendsarriver.ErrNotDead) {
					return err
				}
				after = d.ID
			}
		}
	}
	_ = retryAll
}
