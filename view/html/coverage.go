package html

import (
	"strings"

	"countersign/coverage"
	"countersign/schema"
	"countersign/view"
)

// Coverage is a page about the folders on which an approval cannot be raised, or can be passed by too few people: an
// entry for each folder at the top of view's tree.
func Coverage(r *coverage.Report, catalogue schema.Catalogue) ([]byte, error) {
	l := view.NamesOfCoverage(r, catalogue)
	pg := page{}
	for i, n := range l.CoverageNumbers(r) {
		if i == 0 {
			pg.Headline = n.Text
			continue
		}
		pg.Remarks = append(pg.Remarks, view.Remark{Text: n.Text, Alarm: n.Failed})
	}
	var cards []card
	for _, n := range l.CoverageTree(r) {
		cards = append(cards, card{Kind: kindUnmanaged, Sign: "?", Title: n.Label, Notes: []string{n.After},
			Above: folderEntries(n.Kids), Plain: len(n.Kids) == 0})
	}
	for _, n := range view.WhyUnread(r) {
		pg.Remarks = append(pg.Remarks, view.Remark{Text: strings.TrimPrefix(n.Label+": "+n.After, ": ")})
	}
	if len(cards) > 0 {
		pg.Sections = []section{{ID: "folders", Title: "Folders", Intro: l.CoverageIntro(r), Cards: cards}}
	}
	return pg.render()
}

// folderEntries are the folders below one.
func folderEntries(nodes []view.Node) []view.Node {
	out := make([]view.Node, len(nodes))
	for i, n := range nodes {
		out[i] = view.Node{After: n.Label + ": " + n.After, Kids: folderEntries(n.Kids)}
	}
	return out
}
