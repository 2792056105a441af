// Command results reads the output of go test -bench from bench.txt in a folder, and writes
// RESULTS.md there with benchstat's tables, and chart.svg if a chart is asked for. Each line of
// the folder's sections.txt is a section: its title, benchstat's arguments, and a note, with |
// between them. The first has no table, but the versions of what was measured.
package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

func main() {
	chart := flag.String("chart", "", "the name of a benchmark whose time is drawn, by /impl and /size, against /impl=SHA256")
	flag.Parse()
	if err := run(flag.Arg(0), *chart); err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
}

func run(folder, chart string) error {
	measured := filepath.Join(folder, "bench.txt")
	sections, err := os.ReadFile(filepath.Join(folder, "sections.txt")) //nolint:gosec // the maintainer names the folder
	if err != nil {
		return err
	}
	var page strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(string(sections)), "\n") {
		title, rest, _ := strings.Cut(line, " | ")
		args, note, _ := strings.Cut(rest, " | ")
		fmt.Fprintf(&page, "%s %s\n\n%s\n\n", strings.Repeat("#", min(i+1, 2)), title, note)
		if i == 0 {
			command := exec.Command("go", "list", "-C", folder, "-m", "-f", "{{if not (or .Main .Indirect .Replace)}}{{.Path}} {{.Version}}{{end}}", "all") //nolint:gosec // the same
			versions, err := command.Output()
			if err != nil {
				return fmt.Errorf("%v: %w", command, err)
			}
			fmt.Fprintf(&page, "```\n%s %s/%s\n%s```\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, versions)
			continue
		}
		table, err := benchstat(measured, strings.Fields(args)...)
		if err != nil {
			return err
		}
		fmt.Fprintf(&page, "```\n%s```\n\n", table)
	}
	if chart != "" {
		svg, err := draw(measured, chart)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, "chart.svg"), []byte(svg), 0o644); err != nil { //nolint:gosec // for everybody to read
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "RESULTS.md"), []byte(strings.TrimSpace(page.String())+"\n"), 0o644) //nolint:gosec // for everybody to read
}

func benchstat(measured string, args ...string) (string, error) {
	command := exec.Command("go", append(append([]string{"tool", "benchstat"}, args...), measured)...) //nolint:gosec // of sections.txt
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("benchstat %v: %w\n%s", args, err, &problems)
	}
	return out.String(), nil
}

const style = `text{font:13px system-ui,sans-serif;fill:#1f2328}.ground{fill:#fff;stroke:#d0d7de}.bar{fill:#aab4bf}.first{fill:#0969da}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.ground{fill:#0d1117;stroke:#3d444d}.bar{fill:#545d68}.first{fill:#4493f8}}`

// draw has a group of bars for each size, and in it a bar for each implementation: its time
// against one pass of SHA-256.
func draw(measured, benchmark string) (string, error) {
	out, err := benchstat(measured, "-format", "csv", "-filter", ".name:"+benchmark+" .unit:sec/op", "-row", "/size", "-col", "/impl")
	if err != nil {
		return "", err
	}
	reader := csv.NewReader(strings.NewReader(out))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil {
		return "", err
	}
	head := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 1 && row[1] == "sec/op" })
	if head < 1 {
		return "", fmt.Errorf("no times of %s", benchmark)
	}
	names := rows[head-1]
	base := slices.Index(names, "SHA256")
	var bars strings.Builder
	y := 60
	for _, row := range rows[head+1:] {
		if len(row) <= base || row[0] == "geomean" {
			break
		}
		fmt.Fprintf(&bars, `<text x="20" y="%d" font-weight="600">a body of %s</text>`+"\n", y, row[0])
		one, values := number(row[base]), make(map[string]float64)
		for i, name := range names {
			if name != "" && i != base {
				values[name] = number(row[i]) / one
			}
		}
		largest := slices.Max(slices.Collect(maps.Values(values)))
		for i, name := range names {
			if name == "" || i == base {
				continue
			}
			y += 22
			width := 500 * values[name] / largest
			fmt.Fprintf(&bars, `<text x="20" y="%d">%s</text><rect class="%s" x="180" y="%d" width="%.0f" height="16" rx="2"/><text x="%.0f" y="%d">%.2f</text>`+"\n",
				y, name, map[bool]string{true: "first", false: "bar"}[i == 1], y-13, width, 188+width, y, values[name])
		}
		y += 34
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 %d" role="img"><title>What verifying a request costs</title><style>%s</style>
<rect class="ground" x="0.5" y="0.5" width="759" height="%d" rx="8"/>
<text x="20" y="32">What verifying a request costs, in passes of SHA-256 over its body: shorter is better</text>
%s</svg>
`, y, style, y-1, &bars), nil
}

func number(s string) float64 {
	n, _ := strconv.ParseFloat(cmp.Or(s, "0"), 64) // benchstat's own
	return n
}
