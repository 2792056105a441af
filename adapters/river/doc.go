// Package sendsarriver stores verified Sendsar deliveries durably, answers them, and works on
// them later with retries, on the River job queue (https://riverqueue.com).
//
// Sendsar waits 10 seconds for a 2xx, and signs neither a delivery id nor a time. An app
// that does its work within the request loses the event if the work fails or takes too
// long. An app that does it later, without a key, does it twice if the event is sent again.
// An [Inbox] does it once:
//
//	db, err := sendsarriver.OpenSQLite("sendsar.db") // PostgreSQL: sql.Open and Postgres
//	if err != nil {
//		log.Fatal(err)
//	}
//	inbox, err := sendsarriver.SQLite(ctx, db, sendsarriver.Config{Handler: events.Deliver})
//	if err != nil {
//		log.Fatal(err)
//	}
//	go inbox.Run(ctx) // works on what is stored
//	mux.Handle("POST /webhooks/sendsar", verifier.Middleware(webhook.Handler(inbox.Store)))
//
// In Gin, Echo and Fiber, pass Store to Handle: sendsargin.Handle(inbox.Store). Store and
// the Handler are both a webhook.Handler, so moving the work from the request to the inbox
// changes one argument.
//
// # What is on disk when 204 is sent
//
// One transaction, committed and flushed to disk, has stored the delivery's key (the
// account and the SHA-256 of the body), its body and a job. A copy of a delivery, at any
// later time, is recognised by its key: it is answered 204 and has no effect. (Two real
// events with the same bytes also count as one.) On an error Handle answers 500, and the
// delivery may or may not be stored. If it is sent again, it is stored then, unless it
// already was. The same holds for a client that hangs up.
//
// # How often a delivery takes effect
//
// A Handler writes to the inbox's database with [Tx]. The transaction also marks the delivery as
// done. Only one attempt can set that mark, so what it writes takes effect exactly once. An
// effect elsewhere (an e-mail, another database, an HTTP request) happens at least once. Make it
// idempotent with a key of the delivery, such as the SHA-256 of its body.
//
// Each delivery is worked on by itself. Deliveries have no order: they may be worked on in
// another order than they arrived, and others overtake a failed one while it waits.
//
// # After a failure
//
//   - The Handler fails or panics: it is tried again after 1, 16, 81, 256, … seconds (n⁴),
//     [Config.MaxAttempts] times. Each failure is logged to [Config.Logger] as "webhook
//     handler failed", with the level Warn, or Error for the last one. An attempt that was
//     killed is not logged.
//   - The process is killed: River looks every 30 seconds for attempts that began more than
//     Timeout and 5 seconds ago, and starts the next one. The killed attempt counts as a
//     failure. Everything else goes on at once, after a restart or in another process.
//   - The database goes away: Store returns an error within [Config.StoreTimeout], and Run waits
//     for it to come back.
//   - All attempts failed: the delivery is dead. It stays, with its body. [Inbox.Dead]
//     lists dead deliveries, [Inbox.Retry] works on one again, [Inbox.Discard] erases one.
//     Monitor their number: nobody sends these events again.
//
// # Personal data
//
// The body of a delivery is kept until it is done, and then for [Config.Retention]. Dead
// ones are kept until Retry or Discard. The key is kept for ever, to recognise copies. It
// takes about 110 bytes on SQLite and 180 on PostgreSQL. Erasing is an UPDATE: the bytes
// stay in free pages, in the write-ahead log and in backups until the database overwrites
// them. (SQLite: PRAGMA secure_delete and VACUUM; PostgreSQL: VACUUM, and the age of its
// logs and backups.) The text of a Handler's error is stored and logged, so keep the body
// out of it. An error of PostgreSQL's can quote a value.
//
// # SQLite
//
// SQLite is for one machine. [OpenSQLite] opens one connection, which Store, River and the
// transactions of [Tx] share. So call Tx late, after slow work: nothing else is stored
// until the Handler returns. Store runs after one Tx has ended and before the next begins.
// While a Handler holds Tx, it must use the database only through it. A query through the
// *sql.DB waits until the query's context ends. Two processes can share a file on a local
// disk; each waits for the other.
//
// After some errors of a statement (it was interrupted, the disk is full), SQLite rolls
// back the whole transaction. Then every later statement and the commit fail, and the
// delivery is tried again. This needs modernc.org/sqlite: with another driver, return the
// error.
//
// # PostgreSQL
//
// PostgreSQL is for more than one machine. All processes may serve, store and work. The
// inbox has a schema of its own ([Config.Schema]), because River's leader discards jobs of
// kinds that it does not know. The inbox polls, and uses no LISTEN. [Postgres] says how
// many connections it needs.
//
// # Operating it
//
// The tables are River's and one of ours: sendsar_inbox, with the columns id, account, sha256,
// body (NULL once erased) and done_at (NULL until then, and after Discard; seconds since 1970
// on SQLite). On PostgreSQL, River's web UI (https://riverqueue.com/docs/river-ui) shows the
// jobs, whose kind is sendsar_delivery and whose argument is the row's id. River's own
// OpenTelemetry middleware (otelriver) goes into [Config.Middleware].
package sendsarriver
