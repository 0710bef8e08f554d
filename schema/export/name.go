package export

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/hcltext"
)

// names are the names of blocks, by the id of what they declare.
type names struct {
	place     map[int64]string
	block     map[int64]string // of templates; of a shared one by its lowest tid
	template  map[int64]string // whole addresses, such as template.upload["legal"]
	approver  map[int64]string
	approvers []schema.Person   // all who take part, by id, with their names
	lists     []list            // sorted by name
	list      map[string]string // their names, by group
	areas     []area            // sorted by name
	area      map[string]string // their names, by shared.on
}

// reserved are names that no file may have on Windows, with any ending.
var reserved = strings.Fields("aux con nul prn com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt0 lpt1 lpt2 lpt3 " +
	"lpt4 lpt5 lpt6 lpt7 lpt8 lpt9")

// name gives names to everything that is written, except lists and areas.
func name(w World, places []Place, single [][]schema.Live, alike []shared) *names {
	n := &names{template: map[int64]string{}, list: map[string]string{}, area: map[string]string{}}
	people := map[int64]schema.Person{}
	take := func(t schema.Template) {
		for p := range t.Everybody() {
			people[p.ID] = w.called(p)
		}
	}
	var wishes []wish
	for i, p := range places {
		wishes = append(wishes, placeWish(p))
		for _, l := range single[i] {
			take(l.Template)
		}
	}
	n.place = distinct(wishes, append(reserved, mainSection, sharedSection, importsSection)...)

	var shares, others []wish
	for _, s := range alike {
		take(s.template)
		shares = append(shares, templateWish(s.template.Title, "", s.first()))
	}
	for i, p := range places {
		for _, l := range single[i] {
			others = append(others, templateWish(l.Template.Title, n.place[p.ID], l.ID))
		}
	}
	n.block = distinct(shares) // what several places have alike goes first
	maps.Copy(n.block, distinct(others, slices.Collect(maps.Values(n.block))...))
	for _, x := range others {
		n.template[x.id] = "template." + n.block[x.id]
	}
	for _, s := range alike {
		for _, at := range s.spots {
			block := addr.New("template", n.block[s.first()])
			n.template[at.id] = block.Instance(n.place[places[at.place].ID]).String()
		}
	}

	wishes = nil
	for _, id := range slices.Sorted(maps.Keys(people)) {
		p := people[id]
		n.approvers = append(n.approvers, p)
		first := hcltext.ApproverName(p)
		wishes = append(wishes, wish{id, []string{first, hcltext.Numbered(first, id)}})
	}
	n.approver = distinct(wishes)
	return n
}

// templateWish names a template by its title, by place and title, or by title and tid.
func templateWish(title, place string, id int64) wish {
	first := hcltext.Identifier("template", title)
	if first == "" {
		return wish{id, []string{hcltext.Numbered("template", id)}}
	}
	names := []string{first}
	if place != "" {
		names = append(names, hcltext.Identifier("template", place, title))
	}
	return wish{id, append(names, hcltext.Numbered(first, id))}
}

// placeWish names a place by the last name of its path, by the last two or three, or by the last and the id.
func placeWish(p Place) wish {
	parts := strings.Split(p.Path, "/")
	var names []string
	for n := 1; n <= min(len(parts), 3); n++ {
		name := hcltext.Identifier("scope", parts[len(parts)-n:]...)
		if name == "" {
			return wish{p.ID, []string{hcltext.Numbered("scope", p.ID)}}
		}
		names = append(names, name)
	}
	return wish{p.ID, append(names, hcltext.Numbered(names[0], p.ID))}
}

// wish holds the possible names of something, the shortest first.
type wish struct {
	id    int64
	names []string
}

// distinct gives each thing the first of its possible names that no other thing could have: of two folders of one name
// neither gets the bare name, so that no name depends on which of them came first.
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
		for _, w := range last { // even its longest name is taken
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
