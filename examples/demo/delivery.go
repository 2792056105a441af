package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The statuses that an endpoint must answer with.
const (
	accepted     = http.StatusOK
	unauthorized = http.StatusUnauthorized
	tooLarge     = http.StatusRequestEntityTooLarge
)

// delivery is one request and the status it must get.
type delivery struct {
	name      string
	body      []byte
	signature string // empty: the header is not sent
	event     string // what the example must have found in the body
	status    int
}

// allDeliveries returns the deliveries that are the table's columns.
func allDeliveries(env secrets) []delivery {
	event := []byte(`{"event":"message.created","roomId":"room-7","message":{"id":"msg_1","text":"grüß dich 👋 <b>&amp;</b>"}}`)
	test := []byte(`{"event":"console.test","roomId":"console-test","message":{"id":"test_1","text":"Hello from Sendsar","source":"sendsar-console"}}`)
	large := []byte(`{"event":"message.updated","message":{"text":"` + strings.Repeat("0123456789abcdef", 1<<15) + `"}}`)
	binary := []byte{0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x80, 0x1f, 0x8b}
	tampered := bytes.Replace(event, []byte("created"), []byte("deleted"), 1)
	oversized := bytes.Repeat([]byte{'x'}, webhook.DefaultMaxBodyBytes+1)

	return []delivery{
		{name: "genuine", body: event, signature: webhook.Sign(env.current, event), event: "message.created", status: accepted},
		{name: "console test", body: test, signature: webhook.Sign(env.current, test), event: "console.test", status: accepted},
		{name: "0.5 MB", body: large, signature: webhook.Sign(env.current, large), event: "message.updated", status: accepted},
		{name: "binary", body: binary, signature: webhook.Sign(env.current, binary), status: accepted},
		{name: "previous secret", body: event, signature: webhook.Sign(env.previous, event), event: "message.created", status: accepted},
		{name: "forged", body: event, signature: webhook.Sign(newSecret(), event), status: unauthorized},
		{name: "tampered", body: tampered, signature: webhook.Sign(env.current, event), status: unauthorized},
		{name: "unsigned", body: event, status: unauthorized},
		{name: "oversized", body: oversized, signature: webhook.Sign(env.current, oversized), status: tooLarge},
	}
}

// result is a cell of the table.
type result struct {
	cell   string
	ok     bool
	closed bool // there was no answer
}

// send makes one delivery as Sendsar does, and judges the answer.
func send(ctx context.Context, url string, d delivery) result {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // Sendsar waits this long
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.body))
	if err != nil {
		return result{cell: "not sent"}
	}
	r.Header.Set("Content-Type", "application/json")
	if d.signature != "" {
		r.Header.Set(webhook.SignatureHeader, d.signature)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return result{cell: "closed", closed: ctx.Err() == nil}
	}
	defer func() { _ = response.Body.Close() }() // read below; nothing depends on it
	answer, err := io.ReadAll(response.Body)
	cell := fmt.Sprint(response.StatusCode)
	if response.StatusCode != d.status || err != nil {
		return result{cell: cell}
	}
	return result{cell: cell, ok: d.status != accepted || d.matches(answer)}
}

// matches reports whether the handler saw the bytes that were signed.
func (d delivery) matches(answer []byte) bool {
	var got struct {
		Event  *string `json:"event"`
		Bytes  int     `json:"bytes"`
		SHA256 string  `json:"sha256"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.Event == nil {
		return false
	}
	sum := sha256.Sum256(d.body)
	return *got.Event == d.event && got.Bytes == len(d.body) && got.SHA256 == hex.EncodeToString(sum[:])
}
