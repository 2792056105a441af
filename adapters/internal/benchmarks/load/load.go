// Package load drives a server over TCP with connections that are kept alive.
package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// patience is how long one answer may take.
const patience = 30 * time.Second

// Head returns the header block of a signed delivery that announces size bytes.
func Head(size int, signature string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Sendsar-Console/1.0\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n%s: %s\r\n\r\n",
		receivers.Path, size, webhook.SignatureHeader, signature)
}

// Connections repeat one request each, one after the other.
type Connections struct {
	request []byte
	all     []connection
}

type connection struct {
	net.Conn
	answers *bufio.Reader
}

// Dial opens n connections for deliveries of body.
func Dial(addr string, n int, body []byte) (*Connections, error) {
	c := &Connections{request: append(Head(len(body), webhook.Sign(receivers.Secret, body)), body...)}
	for range n {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.all = append(c.all, connection{conn, bufio.NewReader(conn)})
	}
	return c, nil
}

// Close closes all of them.
func (c *Connections) Close() error {
	var errs []error
	for _, conn := range c.all {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}

// Turn is what came of a while of load.
type Turn struct {
	Elapsed   time.Duration
	Latencies []time.Duration // of every delivery
}

// Rate is deliveries a second.
func (t Turn) Rate() float64 { return float64(len(t.Latencies)) / t.Elapsed.Seconds() }

// Run has every connection deliver for about the given time, and once at least. An answer
// other than 204 is an error.
func (c *Connections) Run(while time.Duration) (Turn, error) {
	latencies := make([][]time.Duration, len(c.all))
	errs := make([]error, len(c.all))
	var running sync.WaitGroup
	start := time.Now()
	end := start.Add(while)
	for i, conn := range c.all {
		running.Go(func() { latencies[i], errs[i] = conn.repeat(c.request, end) })
	}
	running.Wait()
	turn := Turn{Elapsed: time.Since(start)}
	for _, some := range latencies {
		turn.Latencies = append(turn.Latencies, some...)
	}
	return turn, errors.Join(errs...)
}

func (c connection) repeat(request []byte, end time.Time) ([]time.Duration, error) {
	if err := c.SetDeadline(end.Add(patience)); err != nil {
		return nil, err
	}
	var latencies []time.Duration
	for sent := time.Now(); len(latencies) == 0 || sent.Before(end); {
		if _, err := c.Write(request); err != nil {
			return nil, err
		}
		if err := c.readAnswer(); err != nil {
			return nil, err
		}
		now := time.Now()
		latencies = append(latencies, now.Sub(sent))
		sent = now
	}
	return latencies, nil
}

// readAnswer is no HTTP client: a 204 has no body, and the less the load costs, the more
// of a turn is the server's.
func (c connection) readAnswer() error {
	status, err := c.answers.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 204 ")) {
		return fmt.Errorf("answered %q", bytes.TrimSpace(status))
	}
	for {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
	}
}
