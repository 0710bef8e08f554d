package config

import (
	"testing"

	"countersign/schema"
)

// taken is what evaluating a configuration twice takes, as plan does, in the steps that a run makes.
func taken(t *testing.T, text string) cost {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "a.hcl", text)
	write(t, "rows.csv", worldRows(1000))
	s, diags := Load("a.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	most := cost{}
	for _, facts := range []*schema.Facts{nil, {}} {
		ev := s.evaluator(Inputs{}, facts)
		if _, diags := ev.evaluate(); facts == nil && diags.HasErrors() {
			t.Fatal(diags)
		}
		l := ev.budget.left
		most = cost{max(most.bytes, maxBytes-l.bytes), max(most.elements, maxElements-l.elements), max(most.steps, maxSteps-l.steps)}
	}
	return most
}

// TestBudgetOfTheWorld holds the limits against their promise, ten times what 100,000 templates take: what a thousand of them take
// a thousand times over fits.
func TestBudgetOfTheWorld(t *testing.T) {
	const templates, promised = 1000, 10 * 100_000
	for name, text := range map[string]string{"blocks": worldBlocks(templates), "for_each": worldForEach(templates)} {
		t.Run(name, func(t *testing.T) {
			c := taken(t, text)
			t.Logf("%d bytes, %d elements, %d steps for %d templates", c.bytes, c.elements, c.steps, templates)
			if n := int64(promised / templates); c.bytes*n > maxBytes || c.elements*n > maxElements || c.steps*n > maxSteps {
				t.Errorf("a million templates would take %d bytes, %d elements, %d steps", c.bytes*n, c.elements*n, c.steps*n)
			}
		})
	}
}
