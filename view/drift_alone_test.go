package view

import (
	"bytes"
	"testing"

	"countersign/reconcile"
)

func TestDrift(t *testing.T) {
	for name, p := range map[string]*reconcile.Plan{"recreate": plans()["recreate"], "none": planOf(reconcile.Change{Action: reconcile.NoOp}), "nothing-bound": planOf()} {
		p.Mode = reconcile.RefreshOnly
		var b bytes.Buffer
		if err := Drift(&b, p, Settings{}); err != nil {
			t.Fatal(err)
		}
		golden(t, "drift/"+name+".txt", b.Bytes())
	}
}
