package viewtest

import (
	"maps"
	"slices"

	"countersign/reconcile/plans"
)

// SavedPlans are Plans without the open approvals, which no saved plan has.
func SavedPlans() map[string]*plans.Plan {
	all := maps.Clone(Plans())
	for name, p := range all {
		kept := *p
		kept.Changes = slices.Clone(p.Changes)
		for i := range kept.Changes {
			kept.Changes[i].InFlight = nil
		}
		all[name] = &kept
	}
	return all
}
