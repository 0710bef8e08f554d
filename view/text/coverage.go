package text

import (
	"io"
	"strings"

	"countersign/coverage"
	"countersign/schema"
	"countersign/view"
)

// Coverage writes on which folders an approval can be raised, and on which not: a tree of the folders that differ from
// those above, then the numbers.
func Coverage(w io.Writer, r *coverage.Report, catalogue schema.Catalogue, s Settings) error {
	l := view.NamesOfCoverage(r, catalogue)
	var out strings.Builder
	tree := l.CoverageTree(r)
	if len(tree) > 0 {
		out.WriteString(Wrapped(l.CoverageIntro(r), s) + "\n" + Nodes(tree, 0, s) + "\n")
	}
	if why := view.WhyUnread(r); len(why) > 0 {
		out.WriteString(Nodes(why, 0, s) + "\n")
	}
	for _, line := range l.CoverageNumbers(r) {
		style := plain
		switch {
		case line.Failed:
			style = red
		case line.Good:
			style = green
		}
		out.WriteString(painted(style, line.Text, s))
	}
	return write(w, out.String())
}
