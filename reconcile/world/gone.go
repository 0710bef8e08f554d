package world

import (
	"context"

	"countersign/internal/parallel"
	"countersign/reconcile/plans"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// A list that lacks a template may be a list that is not whole. So a template that this program made or took over
// counts as gone only when the drive, asked for it by its id, says that there is none.

// unlisted is a template that ought to be in a scope's list and is not.
type unlisted struct {
	id, scope int64
	address   addr.Address
}

// confirm asks for each template that the state or a pending intent knows and that no list shows. What the drive has
// after all on the same scope makes the list one that is not whole, and the world unusable; what it has elsewhere joins
// the world.
func (w *World) confirm(ctx context.Context, d Drive, st state.State, pending []state.Intent,
	s Settings) schema.Diagnostics {
	live := w.LiveByID()
	var ask []unlisted
	asked := map[int64]bool{0: true} // none
	expect := func(id, scope int64, address addr.Address) {
		if live[id] == nil && !asked[id] {
			asked[id] = true
			ask = append(ask, unlisted{id, scope, address})
		}
	}
	for _, b := range st.Bindings {
		expect(b.ID, b.ScopeID, b.Address)
		for _, dep := range b.Deposed {
			expect(dep.ID, dep.ScopeID, b.Address)
		}
	}
	for _, in := range pending {
		if in.Op == state.OpUpdate || in.Op == state.OpRemove {
			expect(in.ID, in.ScopeID, in.Address)
		}
	}
	found := make([]*schema.Live, len(ask))
	errs := parallel.Each(len(ask), s.Parallelism, func(i int) (err error) {
		if err = ctx.Err(); err == nil {
			found[i], err = write.LookFor(ctx, d, ask[i].id)
		}
		return err
	})
	var diags alike
	for i, m := range ask {
		switch {
		case errs[i] != nil:
			diags.add("unread "+plans.CauseOf(errs[i]), m.address, schema.Problem(schema.Error, m.address, "",
				"Whether a template is gone could not be found out",
				"%s is tid %d, which the list of the templates on %d does not show, and asking for it failed: "+
					"%v\n\nWhat cannot be read is never taken for deleted. If you know that it is gone, "+
					"forget it with `countersign state rm '%s'`.", m.address, m.id, m.scope, errs[i], m.address))
		case found[i] == nil:
		case found[i].ScopeID == m.scope:
			diags.add("not whole", m.address, schema.Problem(schema.Error, m.address, "",
				"A list of templates is not whole",
				"%s is tid %d, which the list of the templates on %d does not show, "+
					"and which the drive has there when it is asked for it by its id. "+
					"Nothing can be concluded from such a list, and nothing was changed. Run the command again; "+
					"if this stays, the drive cuts its lists short, and this program has to learn how it does that.",
				m.address, m.id, m.scope))
		default:
			w.Strays = append(w.Strays, *found[i])
		}
	}
	return diags.diagnostics()
}
