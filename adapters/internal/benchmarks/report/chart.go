package report

import (
	"fmt"
	"strings"
)

// Chart is bars in groups: for each group one bar a series, the shorter the better.
type Chart struct {
	Title, Subtitle string
	Note            string   // below the bars
	Series          []string // the first one is set off
	Groups          []Group
}

// Group has one value for each series.
type Group struct {
	Name   string
	Values []float64
}

const (
	chartWidth = 760
	nameWidth  = 170
	valueWidth = 64
	barHeight  = 18
	barGap     = 5
	groupGap   = 20
	topMargin  = 74
	noteHeight = 30
)

// style brings a background of its own, which turns dark together with the text: an
// image in a page cannot see the page's.
const style = `
.ground{fill:#ffffff;stroke:#d0d7de}.text{fill:#1f2328}.soft{fill:#59636e}
.bar{fill:#aab4bf}.first{fill:#0969da}.one{stroke:#59636e}
@media (prefers-color-scheme: dark){
.ground{fill:#0d1117;stroke:#3d444d}.text{fill:#f0f6fc}.soft{fill:#9198a1}
.bar{fill:#545d68}.first{fill:#4493f8}.one{stroke:#9198a1}}
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif}
.title{font-size:16px;font-weight:600}.strong{font-weight:600}
`

// SVG draws the chart. Each group has a scale of its own, and a line at 1.
func (c Chart) SVG() string {
	groupHeight := 24 + len(c.Series)*(barHeight+barGap) + groupGap
	height := topMargin + len(c.Groups)*groupHeight + noteHeight
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d">`,
		chartWidth, height, chartWidth, height)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title><desc id=\"d\">%s</desc><style>%s</style>\n",
		escape(c.Title), escape(c.description()), style)
	fmt.Fprintf(&b, `<rect class="ground" x="0.5" y="0.5" width="%d" height="%d" rx="8"/>`, chartWidth-1, height-1)
	fmt.Fprintf(&b, "\n<text class=\"text title\" x=\"20\" y=\"32\">%s</text>\n<text class=\"soft\" x=\"20\" y=\"54\">%s</text>\n",
		escape(c.Title), escape(c.Subtitle))
	for i, group := range c.Groups {
		c.draw(&b, group, topMargin+i*groupHeight)
	}
	fmt.Fprintf(&b, "<text class=\"soft\" x=\"20\" y=\"%d\">%s</text>\n</svg>\n", height-20, escape(c.Note))
	return b.String()
}

func (c Chart) draw(b *strings.Builder, group Group, y int) {
	largest := 1.0
	for _, value := range group.Values {
		largest = max(largest, value)
	}
	scale := (chartWidth - nameWidth - valueWidth - 20) / largest
	fmt.Fprintf(b, "<text class=\"text strong\" x=\"20\" y=\"%d\">%s</text>\n", y+14, escape(group.Name))
	top := y + 24
	for i, value := range group.Values {
		barY := top + i*(barHeight+barGap)
		class, weight := "bar", ""
		if i == 0 {
			class, weight = "first", " strong"
		}
		fmt.Fprintf(b, "<text class=\"text%s\" x=\"20\" y=\"%d\">%s</text>", weight, barY+14, escape(c.Series[i]))
		fmt.Fprintf(b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>", class, nameWidth, barY, value*scale, barHeight)
		fmt.Fprintf(b, "<text class=\"text%s\" x=\"%.1f\" y=\"%d\">%.2f</text>\n", weight, nameWidth+value*scale+8, barY+14, value)
	}
	one := nameWidth + scale
	fmt.Fprintf(b, "<line class=\"one\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke-dasharray=\"3 3\"/>\n",
		one, one, top-3, top+len(c.Series)*(barHeight+barGap))
}

// description says in words what the bars show.
func (c Chart) description() string {
	var groups []string
	for _, group := range c.Groups {
		var values []string
		for i, value := range group.Values {
			values = append(values, fmt.Sprintf("%s %.2f", c.Series[i], value))
		}
		groups = append(groups, group.Name+": "+strings.Join(values, ", "))
	}
	return c.Subtitle + ". " + strings.Join(groups, "; ") + ". " + c.Note
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
