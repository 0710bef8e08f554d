package export

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/hcltext"
)

// list is a list of people who are often named together.
type list struct {
	name   string // of the local value
	people []schema.Person
}

// many is how many people a list has at least: fewer are as easy to read as a name.
const many = 3

// usage counts how often the same people are named together.
type usage struct {
	people []schema.Person
	times  int
	words  map[string]int // the names of the steps, with how often each occurs
	place  int64          // of all uses; 0 when there are several
}

// nameLists gives names to the lists of people that are used often: after the step they are mostly in, after place and
// step, or after the people.
func (n *names) nameLists(places []Place, single [][]schema.Live, alike []shared) {
	uses := map[string]*usage{}
	var order []*usage
	use := func(people []schema.Person, word string, place int64) {
		if len(people) < many {
			return
		}
		key := group(people)
		u := uses[key]
		if u == nil {
			u = &usage{people: people, words: map[string]int{}, place: place}
			uses[key] = u
			order = append(order, u)
		}
		u.times++
		u.words[word]++
		if u.place != place {
			u.place = 0
		}
	}
	template := func(t schema.Template, place int64) {
		for _, s := range t.Steps {
			use(s.Approvers, s.Name, place)
		}
		use(t.CC, schema.AttrCC, place)
	}
	for _, s := range alike {
		template(s.template, 0)
	}
	for i, p := range places {
		for _, l := range single[i] {
			template(l.Template, p.ID)
		}
	}
	order = slices.DeleteFunc(order, func(u *usage) bool { return u.times < often })
	wishes := make([]wish, len(order))
	for i, u := range order {
		wishes[i] = wish{int64(i), n.listNames(u)}
	}
	given := distinct(wishes)
	for i, u := range order {
		l := list{given[int64(i)], u.people}
		n.lists = append(n.lists, l)
		n.list[group(u.people)] = l.name
	}
	slices.SortFunc(n.lists, func(a, b list) int { return strings.Compare(a.name, b.name) })
}

// listNames are possible names for a list, the best first.
func (n *names) listNames(u *usage) []string {
	words := slices.SortedFunc(maps.Keys(u.words), func(a, b string) int {
		switch { // "cc" says least about who they are
		case a == schema.AttrCC:
			return 1
		case b == schema.AttrCC:
			return -1
		}
		return cmp.Or(cmp.Compare(u.words[b], u.words[a]), strings.Compare(a, b))
	})
	var names []string
	if word := hcltext.Identifier("people", words[0]); word != "" {
		names = append(names, word)
		if u.place != 0 {
			names = append(names, hcltext.Identifier("people", n.place[u.place], words[0]))
		}
	}
	shown, more := u.people, ""
	if len(shown) > many {
		shown, more = shown[:many-1], fmt.Sprintf("_and_%d_more", len(shown)-many+1)
	}
	var who []string
	for _, p := range shown {
		who = append(who, n.approver[p.ID])
	}
	return append(names, strings.Join(who, "_")+more)
}

// addresses are how people are referred to.
func (n *names) addresses(people []schema.Person) []string {
	all := make([]string, len(people))
	for i, p := range people {
		all[i] = "approver." + n.approver[p.ID]
	}
	return all
}

// people is the value of an attribute that names people; its line begins with indent.
func (n *names) people(indent string, people []schema.Person) string {
	if name := n.list[group(people)]; name != "" {
		return "local." + name
	}
	return hcltext.List(indent, n.addresses(people))
}

// group is the same text for the same people.
func group(people []schema.Person) string {
	var b strings.Builder
	for _, p := range people {
		fmt.Fprintf(&b, "%d ", p.ID)
	}
	return b.String()
}
