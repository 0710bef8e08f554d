package reconcile

import (
	"fmt"

	"countersign/reconcile/write"
	"countersign/schema"
)

// order says which changes of a plan wait for which, so that at no moment of an apply a scope has two templates of one
// title. Who takes a title waits until the one that has it gave it away: by its own new title, or, where that would be
// a circle, too long a chain, or the end of the template, by an interim title. So no template is taken away before the
// one that takes its place is there.
type order struct {
	changes []Change
	givers  map[write.Title][]int // by the title that they give away
	takers  map[write.Title]int   // by the title that they take
	waves   []int                 // of each change; -1: not known yet
	aside   func(c *Change)       // gives a change its interim title; nil: all have theirs
}

// longest is how many changes may wait for each other in a row. Each wave reads the scope's list again.
const longest = 8

func orderOf(changes []Change) *order {
	o := &order{changes: changes, givers: map[write.Title][]int{}, takers: map[write.Title]int{},
		waves: make([]int, len(changes))}
	for i := range changes {
		o.waves[i] = unknown
		if key, takes := changes[i].takes(); takes {
			o.takers[key] = i
		}
	}
	for i := range changes {
		if key, gives := changes[i].gives(); gives {
			if taker, taken := o.takers[key]; taken && taker != i {
				o.givers[key] = append(o.givers[key], i)
			}
		}
	}
	return o
}

const (
	unknown = -1
	open    = -2
)

// wave is how many changes have to be made before this one, one after the other.
func (o *order) wave(i int) int {
	if o.waves[i] >= 0 {
		return o.waves[i]
	}
	o.waves[i] = open
	wave := 0
	for _, giver := range o.before(i) {
		g := &o.changes[giver]
		if g.Interim != "" {
			continue
		}
		if g.Action != Update || o.waves[giver] == open {
			o.setAside(g)
			continue
		}
		if w := o.wave(giver) + 1; w < longest {
			wave = max(wave, w)
		} else {
			o.setAside(g)
		}
	}
	o.waves[i] = wave
	return wave
}

func (o *order) setAside(c *Change) {
	if o.aside != nil {
		o.aside(c)
	}
}

// before lists the changes that give away the title that this one takes.
func (o *order) before(i int) []int {
	key, takes := o.changes[i].takes()
	if !takes {
		return nil
	}
	return o.givers[key]
}

// successor is the change that takes the title that this one gives away, false when there is none.
func (o *order) successor(i int) (int, bool) {
	key, gives := o.changes[i].gives()
	if !gives {
		return 0, false
	}
	taker, taken := o.takers[key]
	return taker, taken && taker != i
}

// setAside gives an interim title to each template whose title another one takes before it can give it away itself.
func (d *differ) setAside() {
	o := orderOf(d.plan.Changes)
	if len(o.givers) == 0 {
		return
	}
	o.aside = func(c *Change) {
		key, _ := c.gives()
		c.Interim = d.interim(key, c.ID, o)
	}
	for i := range d.plan.Changes {
		o.wave(i)
	}
}

// interim is a title that tells a reader of the drive whose it is, and that nothing else in the scope has or gets.
func (d *differ) interim(key write.Title, id int64, o *order) string {
	for n := 1; ; n++ {
		title := fmt.Sprintf("%s (tid %d)", key.Text, id)
		if n > 1 {
			title = fmt.Sprintf("%s (tid %d, %d)", key.Text, id, n)
		}
		as := write.TitleIn(key.Scope, title)
		_, taken := o.takers[as]
		for _, l := range d.own(key.Scope) {
			taken = taken || write.TitleIn(key.Scope, l.Template.Title) == as
		}
		if !taken {
			return title
		}
	}
}

// withTitle is a template under another title.
func withTitle(t schema.Template, title string) schema.Template {
	t.Title = title
	return t
}
