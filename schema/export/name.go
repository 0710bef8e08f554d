package export

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"countersign/schema"
	"countersign/schema/hcltext"
)

// names are what the blocks are called, by id.
type names struct {
	place     map[int64]string
	template  map[int64]string
	approver  map[int64]string
	approvers []schema.Person // all who take part, by id, with their names
}

// name calls everything that is written.
func name(w World, places []Place, kept [][]schema.Live) names {
	n := names{}
	people := map[int64]schema.Person{}
	take := func(list []schema.Person) {
		for _, p := range list {
			people[p.ID] = w.called(p)
		}
	}
	var wishes []wish
	for i, p := range places {
		wishes = append(wishes, placeWish(p))
		for _, l := range kept[i] {
			for _, s := range l.Template.Steps {
				take(s.Approvers)
			}
			take(l.Template.CC)
		}
	}
	n.place = distinct(wishes, mainSection, importsSection)

	wishes = nil
	for _, id := range slices.Sorted(maps.Keys(people)) {
		p := people[id]
		n.approvers = append(n.approvers, p)
		first := hcltext.ApproverName(p)
		wishes = append(wishes, wish{id, []string{first, hcltext.Numbered(first, id)}})
	}
	n.approver = distinct(wishes)

	wishes = nil
	for i, p := range places {
		for _, l := range kept[i] {
			first := cmp.Or(hcltext.Identifier("template", l.Template.Title), hcltext.Numbered("template", l.ID))
			wishes = append(wishes, wish{l.ID, []string{first, n.place[p.ID] + "_" + first, hcltext.Numbered(first, l.ID)}})
		}
	}
	n.template = distinct(wishes)
	return n
}

func placeWish(p Place) wish {
	parts := strings.Split(p.Path, "/")
	last := hcltext.Identifier("scope", parts[len(parts)-1])
	if last == "" {
		return wish{p.ID, []string{hcltext.Numbered("scope", p.ID)}}
	}
	list := []string{last}
	if len(parts) > 1 {
		if above := hcltext.Identifier("scope", parts[len(parts)-2]); above != "" {
			list = append(list, above+"_"+last)
		}
	}
	return wish{p.ID, append(list, hcltext.Numbered(last, p.ID))}
}

// wish is what something would like to be called, the shortest name first.
type wish struct {
	id    int64
	names []string
}

// distinct gives each thing the first name of its wishes that nothing else wishes for as well: of two folders of
// one name neither gets the bare name, so that no name hangs on which of them came first.
func distinct(wishes []wish, taken ...string) map[int64]string {
	given := make(map[int64]string, len(wishes))
	used := map[string]bool{}
	for _, name := range taken {
		used[name] = true
	}
	give := func(id int64, name string) { given[id], used[name] = name, true }
	open := wishes
	for level := 0; len(open) > 0; level++ {
		wanted := map[string]int{}
		for _, w := range open {
			if level < len(w.names) {
				wanted[w.names[level]]++
			}
		}
		var rest, last []wish
		for _, w := range open {
			switch {
			case level >= len(w.names):
				last = append(last, w)
			case wanted[w.names[level]] == 1 && !used[w.names[level]]:
				give(w.id, w.names[level])
			default:
				rest = append(rest, w)
			}
		}
		for _, w := range last { // even its longest name is another's
			name := w.names[len(w.names)-1]
			for i := 2; used[name]; i++ {
				name = w.names[len(w.names)-1] + "_" + strconv.Itoa(i)
			}
			give(w.id, name)
		}
		open = rest
	}
	return given
}
