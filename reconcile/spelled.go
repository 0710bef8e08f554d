package reconcile

import (
	"slices"

	"countersign/schema"
	"countersign/schema/spelling"
)

// spelledAs is a template with every text that another one has too in the form of Unicode that it has there. What goes to the
// drive, or is shown beside what is there, then differs in nothing that nobody changed.
func spelledAs(t, there schema.Template) schema.Template {
	t.Title = spelling.Keep(there.Title, t.Title)
	t.ApprovalType = spelling.Keep(there.ApprovalType, t.ApprovalType)
	t.Description = spelling.Keep(there.Description, t.Description)
	t.Steps = slices.Clone(t.Steps)
	for i, j := range matchSteps(there.Steps, t.Steps) {
		if j >= 0 {
			t.Steps[j].Name = spelling.Keep(there.Steps[i].Name, t.Steps[j].Name)
		}
	}
	return t
}
