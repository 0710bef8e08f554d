package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
)

// Opens is what a change opens and closes besides who can pass: who may see what, on what the approval can be raised,
// and who could pass what they raise themselves.
func (l *Names) Opens(v Verdict) []Node {
	var out []Node
	say := func(label, format string, args ...any) {
		out = append(out, Node{Mark: Same, Label: label, After: fmt.Sprintf(format, args...)})
	}
	type kind struct {
		cc            bool
		before, after schema.Access
	}
	groups := map[kind][]int64{}
	var order []kind
	for _, a := range v.accessThere() {
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
		say(label, "%s, as %s: %s of what this is raised on%s", l.Some(groups[k]), as, what, where)
	}
	if v.old != nil {
		switch v.moves() {
		case up:
			say("raised on more", "all of %s, of which %s is a part", Name(v.place.Path), Name(v.old.Path))
		case down:
			say("raised on less", "%s, no longer the rest of %s", Name(v.place.Path), Name(v.old.Path))
		case elsewhere:
			say("raised elsewhere", "%s, no longer %s", Place(v.place), Place(*v.old))
		}
	}
	if b, a := v.from, v.to; b != nil && a != nil && b.AppliesTo != a.AppliesTo {
		switch {
		case a.AppliesTo == schema.AppliesToAny:
			say("raised on more", "%s, no longer %s", AppliesTo(a.AppliesTo), AppliesTo(b.AppliesTo))
		case b.AppliesTo == schema.AppliesToAny:
			say("raised on less", "%s, no longer %s", AppliesTo(a.AppliesTo), AppliesTo(b.AppliesTo))
		default:
			say("raised elsewhere", "%s, no longer %s", AppliesTo(a.AppliesTo), AppliesTo(b.AppliesTo))
		}
	}
	if before, after := v.SelfApproval(); !v.Gone && fmt.Sprint(before) != fmt.Sprint(after) {
		n := Node{Mark: Same, Label: "can raise and pass alone", Before: l.anyOrNobody(before),
			After: l.anyOrNobody(after)}
		if v.Made {
			n.Before = ""
		}
		out = append(out, n)
	}
	return out
}

func (l *Names) anyOrNobody(ids []int64) string {
	if len(ids) == 0 {
		return "nobody"
	}
	return l.Any(ids)
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

// accessThere is Access with the tree that it holds on: what moves up gives all that it gives on more, too.
func (v Verdict) accessThere() []policy.Access {
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

// SelfApproval is who could pass alone what they raise, before the change and after it: whoever can pass it alone.
// The vendor's document does not keep those who raise an approval from deciding it.
func (v Verdict) SelfApproval() (before, after []int64) { return v.before.Alone(), v.after.Alone() }

// placeBefore is what it was attached to before the change.
func (v Verdict) placeBefore() plans.Place {
	if v.old != nil {
		return *v.old
	}
	return v.place
}
