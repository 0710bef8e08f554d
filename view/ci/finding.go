package ci

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/view"
	"countersign/view/text"
)

// DriftFindings are what was edited by hand and what nobody declared as warnings, each at the block of the template or
// folder where places (by address) knows it, for reports that hold diagnostics alone.
func DriftFindings(p *plans.Plan, places map[addr.Address]schema.Range) schema.Diagnostics {
	l := view.NamesOf(p)
	out := make(schema.Diagnostics, len(p.Drift), len(p.Drift)+len(p.Unmanaged))
	for i, b := range l.Edits(p) {
		out[i] = schema.Diagnostic{
			Severity: schema.Warning,
			Summary:  "Edited outside of Countersign",
			Address:  p.Drift[i].Address,
			Detail: strings.TrimRight(
				strings.Join(append([]string{b.Heads[0].Line()}, b.Heads[0].Notes...), "\n")+"\n"+notice(b),
				"\n",
			),
		}
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

// unmanagedFindings tells of each unmanaged template, about the folder or file that it is on.
func unmanagedFindings(l *view.Names, p *plans.Plan) schema.Diagnostics {
	var found schema.Diagnostics
	for i := range p.Unmanaged {
		f := &p.Unmanaged[i]
		detail := fmt.Sprintf(
			"%s (tid %d) on %s is declared by nobody",
			spelling.Quote(f.Live.Title),
			f.ID,
			view.Place(f.Place),
		)
		if who := l.LastEdited(f.Edited); who != "" {
			detail += "; " + who
		}
		found = append(found, schema.Diagnostic{Severity: schema.Warning, Summary: "Unmanaged template",
			Detail: detail + ".", Address: f.Place.Address})
	}
	return found
}

// notice is a block below a line that says what becomes of it.
func notice(b view.Block) string {
	head := strings.TrimSpace(b.Title + " " + b.Heads[0].Where)
	if len(b.Heads) > 1 {
		head = b.Title
	}
	return head + "\n" + text.Nodes(b.Body, 0, text.ForReports)
}
