package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
)

func TestMarkdownTellsAMissedTarget(t *testing.T) {
	got := report.Report{
		Command: "make bench",
		Date:    time.Date(2026, 5, 1, 23, 0, 0, 0, time.FixedZone("", -3600)),
		Facts:   []report.Fact{{Name: "processor", Value: "one"}},
		Targets: []report.Target{
			{What: "kept", Case: "4 KiB", Most: 0.9, Got: 0.9, Unit: " s"},
			{What: "broken", Case: "4 KiB", Most: 4, Got: 4.01},
			{What: "enough", Case: "4 KiB", Least: 0.95, Got: 0.95},
			{What: "too little", Case: "4 KiB", Least: 0.95, Got: 0.94},
			{What: "hopeless", Case: "4 KiB", Most: 4, Got: 5, Reason: "why"},
		},
		Tables: []report.Table{{Title: "Times", Note: "Some.", Header: []string{"", "a"}, Rows: [][]string{{"x", "1"}}}},
	}.Markdown("chart.svg")
	for _, want := range []string{
		"Written by `make bench`.", "](chart.svg)\n", "| date | 2026-05-02 |\n", "| processor | one |\n", "\n2 of 5 are met.\n",
		"| kept | 4 KiB | at most 0.90 s | 0.90 s | met |\n", "| broken | 4 KiB | at most 4 | 4.01 | **missed** |\n", "| hopeless | 4 KiB | at most 4 | 5 | **missed**: why |\n",
		"| enough | 4 KiB | at least 0.95 | 0.95 | met |\n", "| too little | 4 KiB | at least 0.95 | 0.94 | **missed** |\n",
		"## Times\n\nSome.\n\n|  | a |\n| --- | ---: |\n| x | 1 |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestMarkdownWithoutAChart(t *testing.T) {
	if got := (report.Report{}).Markdown(""); strings.Contains(got, "![") {
		t.Errorf("an image in\n%s", got)
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		report.Duration(0):                       "0 ns",
		report.Duration(999):                     "999 ns",
		report.Duration(1234 * time.Nanosecond):  "1.23 µs",
		report.Duration(45670 * time.Nanosecond): "45.7 µs",
		report.Duration(987 * time.Millisecond):  "987 ms",
		report.Duration(2 * time.Second):         "2.00 s",
		report.Size(0):                           "0 B",
		report.Size(300):                         "300 B",
		report.Size(4 << 10):                     "4 KiB",
		report.Size(1 << 20):                     "1 MiB",
		report.Size(1<<20 + 1):                   "1048577 B",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSVGIsWellFormedAndShowsEveryValue(t *testing.T) {
	svg := report.Chart{
		Title: `a < b & "c"`, Subtitle: "ratio", Note: "* differs", Series: []string{"ours", "theirs"},
		Groups: []report.Group{{Name: "small", Values: []float64{1.5, 12.25}}, {Name: "large", Values: []float64{1, 1.25}}},
	}.SVG()
	for _, want := range []string{">1.50<", ">12.25<", ">1.25<", ">small<", ">theirs<", "prefers-color-scheme: dark", ">* differs<", "small: ours 1.50, theirs 12.25"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in\n%s", want, svg)
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
