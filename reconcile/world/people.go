package world

import (
	"context"
	"iter"
	"maps"
	"slices"

	"countersign/schema"
	"countersign/state"
)

// nameReads bounds how many single templates are read only to learn names of people.
const nameReads = 20

// learn keeps the names of people, those that come first unless they are not whole.
func (w *World) learn(people map[int64]schema.Person) {
	for id, p := range people {
		p.ID = id
		if known := w.People[id]; known.Username == "" || known.Realname == "" {
			w.People[id] = p
		}
	}
}

// recordedPeople are the people whose names a state has recorded.
func recordedPeople(st state.State) map[int64]schema.Person {
	people := map[int64]schema.Person{}
	for _, b := range st.Bindings {
		for p := range b.Recorded.Everybody() {
			if p.Username != "" && p.Realname != "" {
				people[p.ID] = p
			}
		}
	}
	return people
}

// learnNames looks for the names of approvers declared by id alone: in all that was read, then in single templates.
func (w *World) learnNames(ctx context.Context, d Drive, decl schema.Declaration) schema.Diagnostics {
	missing := map[int64]bool{}
	for _, a := range decl.Approvers {
		known := w.People[a.Person.ID]
		if a.Person.Username == "" && known.Username == "" || a.Person.Realname == "" && known.Realname == "" {
			missing[a.Person.ID] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	reads := 0
	for id, scope := range w.mayName(ctx, d, missing) {
		_, people, err := d.Template(ctx, id, scope)
		if err != nil {
			return failed("Reading the names of approvers failed", "%v", err)
		}
		w.learn(people)
		for id, p := range people {
			if p.Username != "" && p.Realname != "" {
				delete(missing, id)
			}
		}
		if reads++; len(missing) == 0 || reads == nameReads {
			break
		}
	}
	return nil
}

// mayName yields templates that may give the names of people, with their scopes: those that name one of them by id,
// then all others that were read, last those on other folders that the token may manage, whose scopes are not known.
func (w *World) mayName(ctx context.Context, d Drive, people map[int64]bool) iter.Seq2[int64, int64] {
	return func(yield func(id, scope int64) bool) {
		live := w.LiveByID()
		likely := func(l *schema.Live) bool {
			return people[l.Editor] || people[l.Creator] ||
				slices.ContainsFunc(l.Template.CC, func(p schema.Person) bool { return people[p.ID] })
		}
		var others []int64
		for _, id := range slices.Sorted(maps.Keys(live)) {
			if !likely(live[id]) {
				others = append(others, id)
			} else if !yield(id, live[id].ScopeID) {
				return
			}
		}
		for _, id := range others {
			if !yield(id, live[id].ScopeID) {
				return
			}
		}
		managed, err := d.Managed(ctx)
		if err != nil {
			return // names that stay unknown are reported with the template that needs them
		}
		for _, m := range managed {
			if live[m.ID] == nil && !yield(m.ID, 0) {
				return
			}
		}
	}
}

// learnStrangers looks for the names of those who edited bound templates by hand, and of those whom they put in. Lists
// may leave these names out; the single template may have them. Who stays unknown is shown by id, so a read that fails
// here is no error.
func (w *World) learnStrangers(ctx context.Context, d Drive, decl schema.Declaration, st state.State) {
	known := map[int64]bool{0: true}
	for id, p := range w.People {
		known[id] = p.Realname != "" || p.Username != ""
	}
	for _, a := range decl.Approvers {
		known[a.Person.ID] = known[a.Person.ID] || a.Person.Realname != "" || a.Person.Username != ""
	}
	live := w.LiveByID()
	reads := 0
	for _, b := range st.Bindings {
		l := live[b.ID]
		if l == nil || l.Template.Equal(b.Recorded) || reads == nameReads {
			continue
		}
		strangers := slices.DeleteFunc(involved(l), func(id int64) bool { return known[id] })
		if len(strangers) == 0 {
			continue
		}
		reads++
		for _, id := range strangers {
			known[id] = true // asked for once, whatever the answer
		}
		if _, people, err := d.Template(ctx, l.ID, l.ScopeID); err == nil {
			w.learn(people)
		}
	}
}

// involved are who wrote a template last and those whom it names by id alone.
func involved(l *schema.Live) []int64 {
	ids := []int64{l.Editor}
	for _, p := range l.Template.CC {
		ids = append(ids, p.ID)
	}
	for _, s := range l.Template.Steps {
		for _, p := range s.Approvers {
			if p.Username == "" || p.Realname == "" {
				ids = append(ids, p.ID)
			}
		}
	}
	return ids
}
