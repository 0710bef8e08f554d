// Package html writes a plan, what was edited by hand, or why there is no plan as one page that a browser shows
// offline. page has what all pages are made of.
package html

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
)

// pageFiles are the parts of a page: its HTML, style and script.
//
//go:embed page
var pageFiles embed.FS

var pageTemplate = template.Must(template.New("").Funcs(template.FuncMap{"prose": prose, "number": grouped,
	"class": func(m view.Mark) string { return boxClasses[m] }, "glyph": glyph, "apart": apart}).
	ParseFS(pageFiles, "page/*.html"))

// page is one HTML file, which needs no network.
type page struct {
	Policy   string
	Style    template.CSS
	Script   template.JS
	Headline string
	Remarks  []view.Remark
	Tiles    []tile
	Sections []section
	Places   []choice
	People   []choice
	Total    int
}

// tile is a number of the plan, which is also a filter: a click shows what it counts.
type tile struct {
	Kind  string
	Sign  string
	Words string
	N     int
}

// section is a list under a heading.
type section struct {
	ID    string
	Title string
	Intro string
	Cards []card
	After string
}

// choice is an entry of a list to filter by.
type choice struct {
	Key   string
	Label string
	Path  string // of a folder
	N     int
}

// opened is how many entries a page may have to show them all unfolded.
const opened = 12

// vast is how many entries a browser lays out at once.
const vast = 300

// count is a part of a headline, and whether it counts zero of something.
type count struct {
	Text string
	Zero bool
}

var zero = regexp.MustCompile(`\b0 [^,.;]*`)

// Counts are the parts of the headline, so that zeros can be shown as less important.
func (pg *page) Counts() []count {
	var out []count
	from := 0
	for _, at := range zero.FindAllStringIndex(pg.Headline, -1) {
		out = append(out, count{pg.Headline[from:at[0]], false}, count{pg.Headline[at[0]:at[1]], true})
		from = at[1]
	}
	return append(out, count{Text: pg.Headline[from:]})
}

// Vast reports whether a page has so many entries that a browser should lay out only those in sight.
func (pg *page) Vast() bool { return pg.Total > vast }

// Filters reports whether there is anything to choose from.
func (pg *page) Filters() bool { return len(pg.Tiles) > 0 && pg.Total > 1 }

// Plan is a plan as a page that a browser shows offline: the numbers, which are filters, an entry for each template,
// and a picture of its steps, before above after. It can be read without its script, which adds search, filters and
// keys; its policy lets nothing else run. The same plan is the same page.
func Plan(p *plans.Plan) ([]byte, error) {
	l := view.NamesOf(p)
	pg := page{Headline: view.PlanLine(p.Counts()), Remarks: view.Remarks(p), Sections: sections(l, p)}
	if p.Empty() {
		headline, why := view.NoChanges(p)
		pg.Headline, pg.Remarks = headline, []view.Remark{{Text: why}}
	}
	pg.choices(l)
	return pg.render()
}

// Drift is a page only about what was made and edited by hand.
func Drift(p *plans.Plan) ([]byte, error) {
	l := view.NamesOf(p)
	line, about := view.DriftNumbers(p)
	pg := page{Headline: line,
		Remarks: []view.Remark{{Text: about, Alarm: view.VerdictLine(view.DriftVerdicts(p)).Alarm}},
		Sections: sections(l, &plans.Plan{Mode: plans.RefreshOnly, Drift: p.Drift, Unmanaged: p.Unmanaged,
			Warnings: p.Warnings})}
	pg.choices(l)
	return pg.render()
}

// Failure is the page in place of Plan or Drift when there is no plan: why.
func Failure(about view.Subject, d schema.Diagnostics) ([]byte, error) {
	pg := page{Headline: about.Failed(), Sections: []section{{ID: "errors", Title: "Errors and warnings",
		Cards: diagnosticCards(d)}}}
	return pg.render()
}

// span is a part of a sentence, and whether it is something to type.
type span struct {
	Text string
	Code bool
}

// prose splits one of our own sentences at its backticks.
func prose(text string) []span {
	var out []span
	for i, part := range strings.Split(text, "`") {
		if part != "" {
			out = append(out, span{part, i%2 == 1})
		}
	}
	return out
}

// grouped is a number in groups of three digits: "2,000".
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// render lays the page out.
func (pg *page) render() ([]byte, error) {
	for i := range pg.Sections {
		pg.Total += len(pg.Sections[i].Cards)
	}
	for i := range pg.Sections {
		for j := range pg.Sections[i].Cards {
			pg.Sections[i].Cards[j].Open = pg.Total <= opened
		}
	}
	style, err := pageFiles.ReadFile("page/page.css")
	if err != nil {
		return nil, err
	}
	script, err := pageFiles.ReadFile("page/page.js")
	if err != nil {
		return nil, err
	}
	pg.Style, pg.Script = template.CSS(style), template.JS(script)
	pg.Policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'",
		sourceHash(style), sourceHash(script))
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "page", pg); err != nil {
		return nil, fmt.Errorf("lay out the page: %w", err)
	}
	return out.Bytes(), nil
}

// sourceHash is a style or a script as a Content-Security-Policy names it.
func sourceHash(source []byte) string {
	sum := sha256.Sum256(source)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
