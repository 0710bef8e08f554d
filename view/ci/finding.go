package ci

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/text"
)

// DriftFindings are what was edited by hand and what nobody declared, as warnings for reports that hold only
// diagnostics. Each is at the block of its template or folder, if places has it.
func DriftFindings(p *plans.Plan, places map[addr.Address]schema.Range) schema.Diagnostics {
	l := view.NamesOf(p)
	out := make(schema.Diagnostics, len(p.Drift), len(p.Drift)+len(p.Unmanaged))
	for i, b := range l.Edits(p) {
		detail := b.Heads[0].Line() + "\n"
		for _, note := range b.Heads[0].Notes {
			detail += "(" + note + ")\n"
		}
		out[i] = schema.Diagnostic{Severity: schema.Warning, Summary: "Edited outside of Countersign",
			Address: p.Drift[i].Address, Detail: strings.TrimRight(detail+blockText(b), "\n")}
		if p.Drift[i].Live == nil {
			out[i].Summary = "Deleted outside of Countersign"
		}
	}
	out = append(out, unmanagedFindings(l, p)...)
	for i := range out {
		if at, ok := places[out[i].Address]; ok {
			out[i].Range = &at
		}
	}
	return out
}

// unmanagedFindings are the unmanaged templates, each about the folder or file that it is on.
func unmanagedFindings(l *view.Names, p *plans.Plan) schema.Diagnostics {
	var found schema.Diagnostics
	for i := range p.Unmanaged {
		f := &p.Unmanaged[i]
		detail := fmt.Sprintf("%s (tid %d) on %s is declared by nobody", view.Quote(f.Live.Title), f.ID,
			view.Place(f.Place))
		if who := l.LastEdited(f.Edited); who != "" {
			detail += "; " + who
		}
		found = append(found, schema.Diagnostic{Severity: schema.Warning, Summary: "Unmanaged template",
			Detail: detail + ".", Address: f.Place.Address})
	}
	return found
}

// blockText is a block without the line that says what happens.
func blockText(b view.Block) string {
	head := strings.TrimSpace(b.Title + " " + b.Heads[0].Where)
	if len(b.Heads) > 1 {
		head = b.Title
	}
	return head + "\n" + text.Nodes(b.Nodes(), 0, text.ForReports)
}
