package diagnose_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
)

func TestDump(t *testing.T) {
	data, _ := os.ReadFile("testdata/verify-mistakes.tsv")
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		var c diagnose.Case
		c.Body, _ = base64.StdEncoding.DecodeString(f[1])
		json.Unmarshal([]byte(f[2]), &c.Signature)
		json.Unmarshal([]byte(f[3]), &c.Secret)
		c.Previous = f[4]
		start := time.Now()
		n := 0
		r := diagnose.Explain(context.Background(), c, func(tried int) { n = tried })
		var ids []string
		for _, m := range r.Mistakes {
			ids = append(ids, m.ID)
		}
		fmt.Printf("%-14s %-55s proved=%v %v %v %d tried=%d\n", f[5], f[0], r.Proved, ids, time.Since(start).Round(time.Millisecond), n, len(r.Tried))
		if os.Getenv("V") != "" {
			for _, m := range r.Mistakes {
				fmt.Printf("       %s; %s\n", m.Text, m.Fix)
			}
		}
	}
}
