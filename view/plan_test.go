package view

import (
	"bytes"
	"testing"
)

// Each kind of change, as a person reads it and as a program does.
func TestPlan(t *testing.T) {
	for name, p := range plans() {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			if err := Plan(&text, p, Settings{Width: 100}); err != nil {
				t.Fatal(err)
			}
			golden(t, "plan/"+name+".txt", text.Bytes())
			doc, err := PlanJSON(p)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "plan/"+name+".json", append(doc, '\n'))
		})
	}
}
