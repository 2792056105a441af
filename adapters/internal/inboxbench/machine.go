package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/measure"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
)

// named are the modules whose versions matter to the results.
var named = []string{"github.com/riverqueue/river", "github.com/jackc/pgx/v5", "modernc.org/sqlite"}

// facts are the machine and the versions.
func facts() []report.Fact {
	return append([]report.Fact{
		{Name: "processor", Value: report.Processor()},
		{Name: "processors used", Value: fmt.Sprintf("%d, by the senders and the database together", runtime.GOMAXPROCS(0))},
		{Name: "load of the machine before", Value: load()},
		{Name: "to write 4 KiB and sync it", Value: syncTime()},
		{Name: "system", Value: runtime.GOOS + "/" + runtime.GOARCH},
		{Name: "Go", Value: runtime.Version()},
	}, report.Versions(named)...)
}

// load is how many processes ran or waited, in the last minute: above the number of processors,
// others disturbed the measurement.
func load() string {
	averages, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	lastMinute, _, _ := strings.Cut(string(averages), " ")
	return lastMinute
}

// syncTime is how long the disk of the databases takes for a commit, which decides how much
// there is to gain from sharing one.
func syncTime() string {
	file, err := os.CreateTemp("", "inboxbench-")
	if err != nil {
		return "unknown"
	}
	defer func() { _, _ = file.Close(), os.Remove(file.Name()) }()
	var times []float64
	for range 200 {
		start := time.Now()
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			return "unknown"
		}
		if err := file.Sync(); err != nil {
			return "unknown"
		}
		times = append(times, time.Since(start).Seconds())
	}
	return wait(measure.Median(times))
}
