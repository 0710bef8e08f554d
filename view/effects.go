package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
)

// effects are what a change means besides who can pass: who may see which files, on what the approval can be raised,
// and who could pass what they raise themselves.
func (l *Names) effects(v Verdict) []Node {
	var out []Node
	say := func(label, format string, args ...any) {
		out = append(out, Node{Mark: Same, Label: label, After: fmt.Sprintf(format, args...)})
	}
	l.accessEffects(v, say)
	switch v.moves() {
	case up:
		say("raised on more", "all of %s, of which %s is a part", Name(v.place.Path), Name(v.old.Path))
	case down:
		say("raised on less", "%s, no longer the rest of %s", Name(v.place.Path), Name(v.old.Path))
	case elsewhere:
		say("raised elsewhere", "%s, no longer %s", Place(v.place), Place(*v.old))
	}
	if b, a := v.from, v.to; b != nil && a != nil && b.AppliesTo != a.AppliesTo {
		label := "raised elsewhere"
		switch schema.AppliesToAny {
		case a.AppliesTo:
			label = "raised on more"
		case b.AppliesTo:
			label = "raised on less"
		}
		say(label, "%s, no longer %s", AppliesTo(a.AppliesTo), AppliesTo(b.AppliesTo))
	}
	if before, after := v.SelfApproval(); !v.Gone && !slices.Equal(before, after) {
		n := Node{Mark: Same, Label: "can raise and pass alone", Before: l.orNobody(before), After: l.orNobody(after)}
		if v.Made {
			n.Before = ""
		}
		out = append(out, n)
	}
	return out
}

// accessEffects says who gains or loses access, those together whose access changes in the same way.
func (l *Names) accessEffects(v Verdict, say func(label, format string, args ...any)) {
	type kind struct {
		cc            bool
		before, after schema.Access
	}
	groups := map[kind][]int64{}
	var order []kind
	for _, a := range v.accessInTree() {
		k := kind{a.CC, a.Before, a.After}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], a.Who)
	}
	for _, k := range order {
		label, what, tree := "gains access", Access(k.after), v.place
		if !(policy.Access{Before: k.before, After: k.after}).Gains() {
			label, what, tree = "loses access", Access(k.before), v.placeBefore()
			if k.after != schema.AccessNone {
				what += ", and keeps " + Access(k.after)
			}
		}
		as := "an approver"
		if k.cc {
			as = "cc"
		}
		where := "" // a template that stays where it is says so itself
		if v.old != nil {
			where = " in " + Place(tree)
		}
		say(label, "%s, as %s: %s of what this is raised on%s", l.And(groups[k]), as, what, where)
	}
}

func (l *Names) orNobody(ids []int64) string {
	if len(ids) == 0 {
		return "nobody"
	}
	return l.Or(ids)
}

// move is where a template goes in the tree.
type move int

const (
	inPlace move = iota
	up
	down
	elsewhere
)

func (v Verdict) moves() move {
	if v.old == nil || v.old.ID == v.place.ID && v.place.ID != 0 {
		return inPlace
	}
	was, is := strings.Trim(v.old.Path, "/"), strings.Trim(v.place.Path, "/")
	switch {
	case was == "" || is == "":
		return elsewhere
	case strings.HasPrefix(was, is+"/"):
		return up
	case strings.HasPrefix(is, was+"/"):
		return down
	}
	return elsewhere
}

// accessInTree is Access with the files in mind that the approval can be raised on: a template that moves up the tree
// gives its access to more of them.
func (v Verdict) accessInTree() []policy.Access {
	list := v.Access()
	switch v.moves() {
	case up:
		list = slices.DeleteFunc(list, policy.Access.Gains)
		return append(list, policy.Accesses(nil, v.to)...)
	case down:
		list = slices.DeleteFunc(list, func(a policy.Access) bool { return !a.Gains() })
		return append(list, policy.Accesses(v.from, nil)...)
	case elsewhere:
		return append(policy.Accesses(v.from, nil), policy.Accesses(nil, v.to)...)
	}
	return list
}

// Access is whose access to the files the change changes.
func (v Verdict) Access() []policy.Access { return policy.Accesses(v.from, v.to) }

// SelfApproval is who could pass alone what they raise themselves, before the change and after it: whoever can pass it
// alone, because the vendor's document does not forbid to decide one's own approval.
func (v Verdict) SelfApproval() (before, after []int64) { return v.before.Alone(), v.after.Alone() }

// placeBefore is the folder or file it was attached to before the change.
func (v Verdict) placeBefore() plans.Place {
	if v.old != nil {
		return *v.old
	}
	return v.place
}
