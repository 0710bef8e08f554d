package view

import (
	"bytes"
	"testing"

	"countersign/reconcile"
)

// drifts are what `drift` has to tell, by the name of their goldens.
func drifts() map[string]*reconcile.Plan {
	all := map[string]*reconcile.Plan{
		"recreate": plans()["recreate"], "none": planOf(reconcile.Change{Action: reconcile.NoOp}), "nothing-bound": planOf(),
		"edited": plans()["refresh-only"], "targeted": plans()["refresh-only"],
	}
	all["targeted"].Targets = []string{"folder.contracts"}
	all["targeted"].Warnings = plans()["refused"].Warnings
	for _, p := range all {
		p.Mode = reconcile.RefreshOnly
	}
	return all
}

func TestDrift(t *testing.T) {
	for name, p := range drifts() {
		var b bytes.Buffer
		if err := Drift(&b, p, Settings{}); err != nil {
			t.Fatal(err)
		}
		golden(t, "drift/"+name+".txt", b.Bytes())
	}
}
