package rewrite

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/words"
)

// compare compares the declaration after a rewrite with the one before and with what was to change.
func compare(before, after schema.Declaration, list []schema.Rewrite) shortfall {
	var w shortfall
	wanted := byAddress(list, func(r schema.Rewrite) addr.Address { return r.Address })
	now := byAddress(after.Templates, func(d schema.Declared) addr.Address { return d.Address })
	for _, d := range before.Templates {
		is, there := now[d.Address]
		want, listed := wanted[d.Address]
		switch {
		case !listed && (!there || !reflect.DeepEqual(d, is)):
			w.changed = append(w.changed, d.Address.String())
		case listed && want.Gone == there, listed && there && !rewrittenTo(d, is, want):
			w.missed = append(w.missed, d.Address)
		}
		delete(now, d.Address)
	}
	for address := range now {
		w.changed = append(w.changed, address.String())
	}
	people := byAddress(after.Approvers, func(a schema.Approver) addr.Address { return a.Address })
	for _, a := range before.Approvers {
		if people[a.Address] != a {
			w.changed = append(w.changed, a.Address.String())
		}
	}
	if !slices.Equal(before.Scopes, after.Scopes) {
		w.changed = append(w.changed, "a folder or file")
	}
	if !reflect.DeepEqual(before.Attachments, after.Attachments) {
		w.changed = append(w.changed, "an attachment")
	}
	slices.SortFunc(w.changed, addr.CompareText)
	return w
}

func byAddress[T any](list []T, address func(T) addr.Address) map[addr.Address]T {
	by := make(map[addr.Address]T, len(list))
	for _, x := range list {
		by[address(x)] = x
	}
	return by
}

// rewrittenTo reports whether a template declares now what it was to declare, and what it declared before in all else.
func rewrittenTo(before, now schema.Declared, want schema.Rewrite) bool {
	expected, scope := before.Template, before.Scope
	for _, a := range schema.Attributes {
		if slices.Contains(want.Attributes, a.Name) {
			a.Copy(&expected, &want.Template)
		}
	}
	if slices.Contains(want.Attributes, attrScope) {
		scope = want.Scope
	}
	return now.Scope == scope && before.PreventDestroy == now.PreventDestroy &&
		slices.Equal(before.IgnoreChanges, now.IgnoreChanges) &&
		now.Template.Equal(expected)
}

// blame refuses those of the list that a rewrite fails because of, found by halves: each by itself, or several that
// only fail together. Of what is refused already, that it is not as it should be is no news; what else it would change
// is.
func (r *rewriter) blame(list []schema.Rewrite, patches []patch) {
	refused := map[addr.Address]bool{}
	for _, f := range r.refused {
		refused[f.Address] = true
	}
	check := func(from, to int) *shortfall {
		all, _, _ := joined(patches[from:to])
		part := list[from:to]
		for _, w := range list { // instances that are gone go together
			if w.Gone && r.gone[w.Address.Block()] != nil &&
				slices.ContainsFunc(part, func(o schema.Rewrite) bool {
					return o.Gone &&
						o.Address.Block() == w.Address.Block()
				}) {
				part = append(part[:len(part):len(part)], w)
			}
		}
		_, short := r.result(append(all, r.approvers()...), part)
		if short != nil {
			short.missed = slices.DeleteFunc(short.missed, func(address addr.Address) bool { return refused[address] })
			if len(short.missed)+len(short.changed)+len(short.diags) == 0 {
				return nil
			}
		}
		return short
	}
	const most = 20 // refusals reported; to find more takes time, and nobody reads them
	var halve func(from, to int, short *shortfall)
	halve = func(from, to int, short *shortfall) {
		if len(r.refused) >= most {
			return
		}
		middle := (from + to) / 2
		var left, right *shortfall
		if middle > from {
			left, right = check(from, middle), check(middle, to)
		}
		if left == nil && right == nil {
			for i := from; i < to; i++ {
				r.fail(list[i], patches[i], short)
			}
			return
		}
		if left != nil {
			halve(from, middle, left)
		}
		if right != nil {
			halve(middle, to, right)
		}
	}
	if short := check(0, len(list)); short != nil {
		halve(0, len(list), short)
	}
}

// fail says why one rewrite does not do.
func (r *rewriter) fail(w schema.Rewrite, p patch, reason *shortfall) {
	at, _ := r.source.Locate(w.Address, "")
	shared := slices.IndexFunc(p, func(e edit) bool { return e.shared != "" })
	switch {
	case reason.diags.HasErrors():
		var mistakes []string
		for _, d := range reason.diags {
			if d.Severity == schema.Error {
				mistakes = append(mistakes, d.Summary+within(d)+": "+d.Detail)
			}
		}
		r.refuse(w.Address, at, "A configuration that says the same as the drive would not be valid:\n\n%s",
			strings.Join(mistakes, "\n\n"))
	case len(reason.changed) > 0 && shared >= 0:
		r.refuse(w.Address, r.rangeAt(p[shared]), "What was edited by hand would be written to this line, which "+
			"belongs to %s: that would change %s too. Edit the line by hand if all of them shall change, or give %s "+
			"a value of its own and accept again.", p[shared].shared, enumerate(reason.changed), w.Address)
	case len(reason.changed) > 0:
		r.refuse(w.Address, at, "Rewriting it would change %s as well. Edit it by hand.", enumerate(reason.changed))
	case shared >= 0:
		r.refuse(w.Address, r.rangeAt(p[shared]), "What was edited by hand would be written to this line, which "+
			"belongs to %s: that would change another part of %s too. Give the two values of their own, and "+
			"accept again.", p[shared].shared, w.Address)
	default:
		r.refuse(w.Address, at, "No edit was found that makes it declare what the drive has. Edit it by hand.")
	}
}

// within says in which block a mistake is and on which line, by its text: the numbers of the lines are not those of the
// file as it is.
func within(d schema.Diagnostic) string {
	if d.Snippet == nil || d.Snippet.Context == nil {
		return ""
	}
	code, _, _ := strings.Cut(strings.TrimSpace(d.Snippet.Code), "\n")
	return fmt.Sprintf(" (in %s: %s)", *d.Snippet.Context, code)
}

// enumerate lists the first of several addresses in a sentence.
func enumerate(addresses []string) string {
	const most = 5
	if more := len(addresses) - most; more > 0 {
		addresses = append(slices.Clone(addresses[:most]), words.Count(more, "other"))
	}
	return words.And(addresses)
}
