package reconcile

import (
	"slices"

	"countersign/schema"
	"countersign/schema/spelling"
)

// spellAs gives a template's texts the same form of Unicode as the equal texts of another one. So what is written to the
// drive, or shown beside the live template, differs only where somebody changed something.
func spellAs(t, there *schema.Template) {
	for _, a := range schema.Attributes {
		if a.Text != nil {
			a.SetText(t, spelling.Keep(a.Text(there), a.Text(t)))
		}
	}
	if slices.EqualFunc(t.Steps, there.Steps, func(a, b schema.Step) bool { return a.Name == b.Name }) {
		return
	}
	t.Steps = slices.Clone(t.Steps)
	for i, j := range matchSteps(there.Steps, t.Steps) {
		if j >= 0 {
			t.Steps[j].Name = spelling.Keep(there.Steps[i].Name, t.Steps[j].Name)
		}
	}
}
