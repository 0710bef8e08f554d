package reconcile

import (
	"slices"

	"countersign/schema"
	"countersign/schema/spelling"
)

// spelledAs is a template with every text that another one has too in the form of Unicode that it has there. What goes
// to the drive, or is shown beside what is there, then differs in nothing that nobody changed.
func spelledAs(t, there schema.Template) schema.Template {
	for _, a := range schema.Attributes {
		if a.Text != nil {
			a.SetText(&t, spelling.Keep(a.Text(&there), a.Text(&t)))
		}
	}
	if slices.EqualFunc(t.Steps, there.Steps, func(a, b schema.Step) bool { return a.Name == b.Name }) {
		return t
	}
	t.Steps = slices.Clone(t.Steps)
	for i, j := range matchSteps(there.Steps, t.Steps) {
		if j >= 0 {
			t.Steps[j].Name = spelling.Keep(there.Steps[i].Name, t.Steps[j].Name)
		}
	}
	return t
}
