package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/measure"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// sizes are the bodies that the targets are for.
var sizes = []int{300, 4 << 10, 64 << 10, 1 << 20}

const otherScheme = "* signs another scheme, with a timestamp; here for scale"

// label marks what does not do the same work.
func label(name string) string {
	if name == receivers.Standard || name == receivers.Stripe {
		return name + " *"
	}
	return name
}

// compared is what was measured for each size: all receivers, in their order.
type compared map[int][]measure.Result

func (r *run) compare(make func(body, signed []byte) []receivers.Receiver) (compared, error) {
	all := compared{}
	for _, size := range sizes {
		body := receivers.Body(size)
		results, err := r.plan.Interleaved(cases(make(body, body)))
		if err != nil {
			return nil, err
		}
		all[size] = results
	}
	return all, nil
}

func cases(all []receivers.Receiver) []measure.Case {
	cases := make([]measure.Case, len(all))
	for i, receiver := range all {
		cases[i] = measure.Case{Name: receiver.Name, Run: receiver.Receive}
	}
	return cases
}

// find returns the result of one case.
func find(results []measure.Result, name string) measure.Result {
	for _, result := range results {
		if result.Name == name {
			return result
		}
	}
	panic("no result of " + name)
}

// times has a row for each case: how long it took, and how many times as long as ours.
func (c compared) times() [][]string {
	return c.rows(func(result, ours measure.Result, _ int) string {
		return fmt.Sprintf("%s · %.2f", report.Duration(result.Time), result.Ratio(ours))
	})
}

func (c compared) allocations() [][]string {
	return c.rows(func(result, _ measure.Result, _ int) string {
		return fmt.Sprintf("%.0f · %.0f B", result.Allocs, result.Bytes)
	})
}

func (c compared) rows(cell func(result, ours measure.Result, size int) string) [][]string {
	rows := make([][]string, len(c[sizes[0]]))
	for _, size := range sizes {
		ours := find(c[size], receivers.Ours)
		for i, result := range c[size] {
			if rows[i] == nil {
				rows[i] = []string{label(result.Name)}
			}
			rows[i] = append(rows[i], cell(result, ours, size))
		}
	}
	return rows
}

// target states, for each size, the most that ours may take of another's time.
func (c compared) target(what, base string, most [4]float64) []report.Target {
	var targets []report.Target
	for i, size := range sizes {
		targets = append(targets, report.Target{
			What: what, Case: report.Size(size), Most: most[i],
			Got: find(c[size], receivers.Ours).Ratio(find(c[size], base)),
		})
	}
	return targets
}

func sizeHeader() []string {
	header := []string{""}
	for _, size := range sizes {
		header = append(header, report.Size(size))
	}
	return header
}

func (r *run) measureVerify() error {
	c, err := r.compare(receivers.Verifiers)
	if err != nil {
		return err
	}
	r.report.Targets = append(r.report.Targets, c.target("`Verify`, time against the documented snippet", receivers.Snippet, [4]float64{0.60, 0.90, 1.03, 1.03})...)
	r.report.Targets = append(r.report.Targets, c.target("`Verify`, time against one SHA-256 pass", receivers.SHA256, [4]float64{1.85, 1.15, 1.04, 1.03})...)
	for _, size := range sizes {
		r.report.Targets = append(r.report.Targets, report.Target{
			What: "`Verify`, allocations", Case: report.Size(size), Got: find(c[size], receivers.Ours).Allocs,
		})
	}
	r.report.Tables = append(r.report.Tables,
		report.Table{
			Title:  "Verifying a body that was read",
			Note:   "Time, and how many times as long as webhooks-go. " + otherScheme + ".",
			Header: sizeHeader(), Rows: c.times(),
		},
		report.Table{
			Title: "Memory for that", Note: "Allocations and bytes for one body.", Header: sizeHeader(), Rows: c.allocations(),
		})
	return nil
}

// measureParallel follows what more processors gain: a state that all calls share would
// move from one to the other.
func (r *run) measureParallel() error {
	const size = 300
	body := receivers.Body(size)
	processors := runtime.GOMAXPROCS(0)
	compared := receivers.Verifiers(body, body)[:3]
	var all []measure.Case
	for _, receiver := range compared {
		all = append(all,
			measure.Case{Name: receiver.Name, Run: receiver.Receive},
			measure.Case{Name: receiver.Name, Run: receiver.Receive, Workers: processors})
	}
	results, err := r.plan.Interleaved(all)
	if err != nil {
		return err
	}
	table := report.Table{
		Title: "In parallel",
		Note: fmt.Sprintf("`Verify` of %s from one goroutine and from %d on as many processors: the time of one, over all of them, and how many times as many there were in a second.",
			report.Size(size), processors),
		Header: []string{"", "one", fmt.Sprint(processors), "gain"},
	}
	gains := map[string]float64{}
	for i, receiver := range compared {
		one, many := results[2*i], results[2*i+1]
		gains[receiver.Name] = one.Ratio(many)
		table.Rows = append(table.Rows, []string{
			label(receiver.Name), report.Duration(one.Time), report.Duration(many.Time), fmt.Sprintf("%.2f", gains[receiver.Name]),
		})
	}
	r.report.Targets = append(r.report.Targets, report.Target{
		What: fmt.Sprintf("`Verify`, gain of %d processors against SHA-256's", processors), Case: report.Size(size),
		Least: 0.95, Got: gains[receivers.Ours] / gains[receivers.SHA256],
	})
	r.report.Tables = append(r.report.Tables, table)
	return nil
}

func (r *run) measureRequest() error {
	c, err := r.compare(receivers.Requests)
	if err != nil {
		return err
	}
	r.report.Targets = append(r.report.Targets, c.target("`VerifyRequest`, time against the snippet with reading", receivers.Snippet, [4]float64{0.68, 0.80, 0.90, 0.95})...)
	for _, size := range sizes {
		ours := find(c[size], receivers.Ours)
		r.report.Targets = append(r.report.Targets,
			report.Target{What: "`VerifyRequest`, allocations", Case: report.Size(size), Most: 4, Got: ours.Allocs},
			report.Target{
				What: "`VerifyRequest`, bytes allocated against body + 512", Case: report.Size(size),
				Most: 1.15, Got: ours.Bytes / float64(size+512),
			})
	}
	r.report.Tables = append(r.report.Tables,
		report.Table{
			Title: "Verifying a request",
			Note: "Reading the body with a limit of 1 MiB, its length announced, verifying it and putting it back. " +
				"SHA-256 reads into memory that is there already. Time, and how many times as long as webhooks-go. " + otherScheme + ".",
			Header: sizeHeader(), Rows: c.times(),
		},
		report.Table{
			Title: "Memory for that", Note: "Allocations and bytes for one request.", Header: sizeHeader(), Rows: c.allocations(),
		})
	r.chart = c.chart()
	return nil
}

// chart shows what a request costs in passes of SHA-256.
func (c compared) chart() report.Chart {
	chart := report.Chart{
		Title:    "What verifying a request costs",
		Subtitle: "time against reading the body and one pass of SHA-256 over it (1); shorter is better",
		Note:     otherScheme,
	}
	for _, size := range sizes {
		group := report.Group{Name: report.Size(size) + " body"}
		chart.Series = nil
		for _, result := range c[size] {
			if result.Name != receivers.SHA256 {
				chart.Series = append(chart.Series, label(result.Name))
				group.Values = append(group.Values, result.Ratio(find(c[size], receivers.SHA256)))
			}
		}
		chart.Groups = append(chart.Groups, group)
	}
	return chart
}

// measureRefusal counts what a stranger without a well-formed signature costs.
func (r *run) measureRefusal() error {
	const waiting = 1 << 20
	body := receivers.Body(waiting)
	verifier := webhook.MustNew(receivers.Secret)
	table := report.Table{
		Title:  "Refusing a request without a well-formed signature",
		Note:   "1 MiB of body waits. The snippet reads it first.",
		Header: []string{"", "webhooks-go: allocations", "bytes read", "snippet: allocations", "bytes read"},
	}
	malformed := map[string]string{webhook.SignatureHeader: "sha256=" + strings.Repeat("0", 63)}
	answered := httptest.NewRecorder() // its header's map is there after the first of many requests
	for _, test := range []struct {
		name   string
		header map[string]string
		w      http.ResponseWriter
	}{
		{"missing", nil, nil},
		{"missing, with a response", nil, answered},
		{"malformed", malformed, nil},
		{"malformed, with a response", malformed, answered},
	} {
		row := []string{test.name}
		for _, receive := range []func(*http.Request) error{
			func(r *http.Request) error { _, err := verifier.VerifyRequest(test.w, r); return err },
			func(r *http.Request) error { return receivers.ReadSnippet(test.w, r) },
		} {
			request := receivers.NewRequest(body, test.header)
			var read counter
			var err error
			allocations := testing.AllocsPerRun(100, func() {
				arrived := request.Arrive()
				read = counter{ReadCloser: arrived.Body}
				arrived.Body = &read
				err = receive(arrived)
			})
			if err == nil {
				return errors.New("a request without a signature was accepted")
			}
			row = append(row, fmt.Sprint(allocations), fmt.Sprint(read.bytes))
			if len(row) == 3 { // ours
				r.report.Targets = append(r.report.Targets,
					report.Target{What: "refused header, allocations", Case: test.name, Most: 1, Got: allocations},
					report.Target{What: "refused header, bytes of the body read", Case: test.name, Got: float64(read.bytes)})
			}
		}
		table.Rows = append(table.Rows, row)
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}

// counter counts the bytes of a body that somebody reads.
type counter struct {
	io.ReadCloser
	bytes int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.bytes += n
	return n, err
}

// measureSecrets shows that a delivery pays for the secrets up to its own.
func (r *run) measureSecrets() error {
	const size = 4 << 10
	body := receivers.Body(size)
	previous := []string{"whsec_2118dbc24dcbdee84fe03f95be38499d392656f5c40eec8e", "whsec_3121087a584e77ccf2335359e633209d8feb15906e9da482", "whsec_77d7bdf603fdbc9d3be87819e67671efdd4ad7475b97c717"}
	genuine, forged := webhook.Sign(receivers.Secret, body), webhook.Sign(receivers.Secret, receivers.Other(body))
	var all []measure.Case
	for n := range len(previous) + 1 {
		verifier := webhook.MustNew(receivers.Secret, webhook.WithPreviousSecrets(previous[:n]...))
		oldest := webhook.Sign(append([]string{receivers.Secret}, previous...)[n], body)
		all = append(all,
			measure.Case{Run: func() error { return verifier.Verify(body, genuine) }},
			measure.Case{Run: func() error { return verifier.Verify(body, oldest) }},
			measure.Case{Run: func() error {
				if err := verifier.Verify(body, forged); !errors.Is(err, webhook.ErrSignatureMismatch) {
					return errors.New("a forged delivery was accepted")
				}
				return nil
			}})
	}
	results, err := r.plan.Interleaved(all)
	if err != nil {
		return err
	}
	table := report.Table{
		Title:  "Several secrets",
		Note:   "`Verify` of " + report.Size(size) + ", against a delivery under the only secret there is: each secret up to the one that matches costs a MAC, and a forged delivery all of them.",
		Header: []string{"secrets", "under the current one", "under the oldest", "forged"},
	}
	for n := range len(previous) + 1 {
		row := []string{fmt.Sprint(n + 1)}
		for _, result := range results[3*n : 3*n+3] {
			row = append(row, fmt.Sprintf("%.2f", result.Ratio(results[0])))
		}
		table.Rows = append(table.Rows, row)
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}

// measureSizes follows the cost from no body to eight times the default limit.
func (r *run) measureSizes() error {
	const limit = 8 << 20
	table := report.Table{
		Title:  "Body sizes",
		Note:   "`VerifyRequest` with the limit raised to 8 MiB, and with the length not announced (chunked), against one SHA-256 pass.",
		Header: []string{"body", "announced", "against SHA-256", "allocations · bytes", "chunked", "against SHA-256", "allocations · bytes"},
	}
	verifier := webhook.MustNew(receivers.Secret, webhook.WithMaxBodyBytes(limit))
	for _, size := range []int{0, 300, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, limit} {
		body := receivers.Body(size)
		request := receivers.NewRequest(body, map[string]string{webhook.SignatureHeader: webhook.Sign(receivers.Secret, body)})
		verify := func(announced bool) func() error {
			return func() error {
				arrived := request.Arrive()
				if !announced {
					arrived.ContentLength = -1
				}
				_, err := verifier.VerifyRequest(nil, arrived)
				return err
			}
		}
		results, err := r.plan.Interleaved([]measure.Case{
			{Name: "announced", Run: verify(true)},
			{Name: "chunked", Run: verify(false)},
			{Name: "SHA-256", Run: receivers.Hash(body)},
		})
		if err != nil {
			return err
		}
		row := []string{report.Size(size)}
		for _, result := range results[:2] {
			row = append(row, report.Duration(result.Time), fmt.Sprintf("%.2f", result.Ratio(results[2])),
				fmt.Sprintf("%.0f · %.0f B", result.Allocs, result.Bytes))
		}
		table.Rows = append(table.Rows, row)
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}
