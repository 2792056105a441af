package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	together = 100 * time.Millisecond // changes within this time become one message
	alive    = 15 * time.Second       // the longest time between two messages
	stuck    = 30 * time.Second       // the longest time that a write may wait for the browser
)

// events sends the IDs of new and changed deliveries as server-sent events. The browser then
// fetches what it shows.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	send := func(format string, args ...any) bool {
		_ = out.SetWriteDeadline(time.Now().Add(stuck)) // best effort
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil && out.Flush() == nil
	}
	changes := p.Log.Changes(r.Context())
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead || !send("retry: 1000\nevent: start\ndata: %s\n\n", p.process) {
		return
	}
	idle := time.NewTicker(alive)
	defer idle.Stop()
	for {
		select {
		case id, ok := <-changes:
			if !ok {
				return
			}
			ids, err := json.Marshal(collect(id, changes))
			if err != nil || !send("event: changed\ndata: %s\n\n", ids) {
				return
			}
		case <-idle.C:
			if !send(": still here\n\n") {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

// collect returns the first ID and those that come soon after it, each once.
func collect(first int, changes <-chan int) []int {
	ids, seen := []int{first}, map[int]bool{first: true}
	end := time.NewTimer(together)
	defer end.Stop()
	for {
		select {
		case id, ok := <-changes:
			if !ok {
				return ids
			}
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		case <-end.C:
			return ids
		}
	}
}
