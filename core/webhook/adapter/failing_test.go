package adapter_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

func TestFailingReaderIsTheRefusal(t *testing.T) {
	want := errors.New("not to be verified")
	signature := func(string) []string { return []string{webhook.Sign(secret, nil)} }
	_, err := webhook.MustNew(secret).VerifyReader(context.Background(), adapter.FailingReader{want}, -1, signature)
	if !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}

func TestRefuseBehindHandlerIsObservedOnce(t *testing.T) {
	var log bytes.Buffer
	var errs []error
	v := webhook.MustNew(secret, webhook.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		webhook.WithObserver(func(_ context.Context, _ webhook.Delivery, err error) { errs = append(errs, err) }))
	adapter.RefuseBehindHandler(context.Background(), v)
	if len(errs) != 1 || !errors.Is(errs[0], webhook.ErrBodyAltered) {
		t.Errorf("observed: %v", errs)
	}
	if !strings.Contains(log.String(), "mounted behind the handler") {
		t.Errorf("the log does not say what is wrong: %s", &log)
	}
}
