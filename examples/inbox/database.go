package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
)

// database is where deliveries are stored and where their work takes effect.
type database struct {
	*sql.DB
	newInbox func(context.Context, *sql.DB, sendsarriver.Config) (*sendsarriver.Inbox, error)
	effects  string // makes the table that the work writes to
}

// openDatabase opens what DATABASE_URL names.
func openDatabase() (d database, err error) {
	address := os.Getenv("DATABASE_URL")
	if address == "" {
		address = "sqlite:sendsar.db"
	}
	switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		d = database{newInbox: sendsarriver.SQLite, effects: effectsOnSQLite}
		d.DB, err = sendsarriver.OpenSQLite(rest)
	case "postgres", "postgresql":
		d = database{newInbox: sendsarriver.Postgres, effects: effectsOnPostgres}
		d.DB, err = openPostgres(address)
	default: // do not show the address: it may hold a password
		err = errors.New("it must begin with sqlite:, postgres: or postgresql:, whose database it names")
	}
	if err != nil {
		return database{}, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return d, nil
}

// inbox makes the tables that are missing, and returns the inbox.
func (d database) inbox(cfg sendsarriver.Config) (*sendsarriver.Inbox, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // for the start only
	defer cancel()
	inbox, err := d.newInbox(ctx, d.DB, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := d.ExecContext(ctx, d.effects); err != nil {
		return nil, fmt.Errorf("cannot make the table effects: %w", err)
	}
	return inbox, nil
}

func openPostgres(address string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*config)
	// An inbox needs at most this many. With the default of two idle ones, the others would
	// be opened again and again.
	const connections = 20
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

const effectsOnSQLite = `
	CREATE TABLE IF NOT EXISTS effects (
		id          INTEGER PRIMARY KEY,
		account     TEXT NOT NULL,
		event       TEXT NOT NULL,
		body_sha256 TEXT NOT NULL,
		created_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
	)`

// Processes that start at the same time could all find that the table is missing, and all
// but one would fail to make it. So they take turns: the lock is held until the end of this
// transaction. Its number can be any that nothing else in the database uses.
const effectsOnPostgres = `
	SELECT pg_advisory_xact_lock(7361746563);
	CREATE TABLE IF NOT EXISTS effects (
		id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		account     text NOT NULL,
		event       text NOT NULL,
		body_sha256 text NOT NULL,
		created_at  timestamptz NOT NULL DEFAULT now()
	)`
