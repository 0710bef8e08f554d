package world

import (
	"cmp"
	"context"
	"fmt"

	"countersign/internal/parallel"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// scopeRead is one list to be read, and the addresses that ask for it.
type scopeRead struct {
	id      int64
	address addr.Address // the declared scope, or the template bound there
	bound   bool         // only the state knows the scope
}

// scopesToRead names each scope once: declared ones first, then those that only the state or the journal knows.
func scopesToRead(decl schema.Declaration, st state.State, pending []state.Intent, w *World) []scopeRead {
	var reads []scopeRead
	seen := map[int64]bool{}
	add := func(id int64, address addr.Address, bound bool) {
		if id != 0 && !seen[id] {
			seen[id] = true
			reads = append(reads, scopeRead{id, address, bound})
		}
	}
	for _, sc := range decl.Scopes {
		add(cmp.Or(sc.ID, w.ScopeIDs[sc.Address]), sc.Address, false)
	}
	for _, b := range st.Bindings {
		if b.ID != 0 {
			add(b.ScopeID, b.Address, true)
		}
		for _, dep := range b.Deposed {
			add(dep.ScopeID, b.Address, true)
		}
	}
	for _, in := range pending {
		add(in.ScopeID, in.Address, true)
	}
	return reads
}

// readLists reads a list for each scope, side by side, and keeps each one's error.
func readLists(ctx context.Context, d Drive, reads []scopeRead, kept *listMemory, s Settings) ([]schema.Listing,
	[]error) {
	listings := make([]schema.Listing, len(reads))
	return listings, parallel.Each(len(reads), s.Parallelism, func(i int) (err error) {
		defer s.Events(plans.Event{Kind: plans.ReadDone})
		if err = cmp.Or(ctx.Err(), kept.full()); err == nil {
			listings[i], err = kept.keep(d.Templates(ctx, reads[i].id))
		}
		return err
	})
}

// readErrors reports the failed reads. Those that failed for one reason, such as a token without rights, are reported
// together.
func readErrors(reads []scopeRead, errs []error) schema.Diagnostics {
	var diags alike
	for i, err := range errs {
		if err == nil {
			continue
		}
		r := reads[i]
		d := schema.Problem(schema.Error, r.address, "id", fmt.Sprintf("Reading the templates of %s failed", r.address),
			"%v\n\nNothing was changed. Check the id %d, and that the token may manage this folder or file. "+
				"What cannot be read is never taken for deleted.", err, r.id)
		if r.bound {
			d = schema.Problem(schema.Error, r.address, "", fmt.Sprintf("Reading the templates on %d failed", r.id),
				"%v\n\nOnly the state knows this folder or file: %s is bound there. If it was deleted on the drive, "+
					"its templates are gone with it; forget them with `countersign state rm`.", err, r.address)
		}
		diags.add(fmt.Sprint(r.bound, plans.CauseOf(err)), r.address, d)
	}
	return diags.diagnostics()
}
