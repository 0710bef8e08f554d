package viewtest

import (
	"slices"
	"testing"

	"countersign/reconcile"
	"countersign/reconcile/plans"
)

// AsSaved calls same with each of Plans, and with that plan as it is read again after it was saved. Open approvals are
// not saved, so neither has any.
func AsSaved(t *testing.T, same func(t *testing.T, plan, saved *plans.Plan)) {
	for name, p := range Plans() {
		t.Run(name, func(t *testing.T) {
			p.Changes = slices.Clone(p.Changes)
			for i := range p.Changes {
				p.Changes[i].InFlight = nil
			}
			kept := *p
			kept.Outputs = reconcile.WithoutSecrets(p.Outputs)
			data, err := plans.Saved{Version: plans.SavedVersion, Plan: &kept}.Encode()
			if err != nil {
				t.Fatal(err)
			}
			read, err := plans.DecodeSaved(data)
			if err != nil {
				t.Fatal(err)
			}
			same(t, p, read.Plan)
		})
	}
}
