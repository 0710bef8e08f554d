package graph

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/mermaid"
)

// picturedNames is how many people a step of a picture names; of more only the number is given.
const picturedNames = 12

// folderGraph draws each folder and file below the nearest declared one above it, and the templates on it.
func folderGraph(d schema.Declaration) graph {
	var g graph
	ids := map[addr.Address]string{}
	for i, s := range d.Scopes {
		ids[s.Address] = fmt.Sprintf("f%d", i+1)
	}
	paths := pathsOf(d.Scopes)
	for _, s := range d.Scopes {
		v := vertex{id: ids[s.Address], shape: folderShape}
		if s.Kind == schema.ScopeFile {
			v.shape = fileShape
		}
		path := cleanPath(s.Path)
		if above := paths.above(path); above != nil {
			path = strings.TrimPrefix(path, cleanPath(above.Path)+"/")
			g.edges = append(g.edges, edge{from: ids[above.Address], to: v.id})
		}
		if path != "" {
			v.lines = append(v.lines, path)
		}
		v.lines = append(v.lines, s.Address.String())
		if s.ID != 0 {
			v.lines[len(v.lines)-1] += fmt.Sprintf(", id %d", s.ID)
		}
		if s.Unmanaged == schema.UnmanagedRemove {
			v.lines = append(v.lines, "wholly owned")
		}
		g.vertices = append(g.vertices, v)
	}
	for i := range d.Templates {
		t := &d.Templates[i]
		id := fmt.Sprintf("t%d", i+1)
		g.vertices = append(g.vertices, vertex{id: id, shape: templateShape, lines: templateLines(t)})
		if from := ids[t.Scope]; from != "" {
			g.edges = append(g.edges, edge{from: from, to: id})
		}
	}
	return g
}

// declaredPaths finds declared scopes by their paths; of two with one path, the first.
type declaredPaths struct {
	scopes  map[string]*schema.Scope
	lengths map[int]bool // of those paths
}

func pathsOf(scopes []schema.Scope) declaredPaths {
	p := declaredPaths{map[string]*schema.Scope{}, map[int]bool{}}
	for i := range scopes {
		if path := cleanPath(scopes[i].Path); path != "" && p.scopes[path] == nil {
			p.scopes[path], p.lengths[len(path)] = &scopes[i], true
		}
	}
	return p
}

// above is the scope with the longest path above a path.
func (p declaredPaths) above(path string) *schema.Scope {
	for end := strings.LastIndexByte(path, '/'); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		if p.lengths[end] && p.scopes[path[:end]] != nil {
			return p.scopes[path[:end]]
		}
	}
	return nil
}

// cleanPath is a path without empty names.
func cleanPath(p string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(p, "/"),
		func(s string) bool { return strings.TrimSpace(s) == "" }), "/")
}

// templateLines are what a template is called: its title and its address.
func templateLines(t *schema.Declared) []string {
	if title := strings.TrimSpace(t.Template.Title); title != "" {
		return []string{title, t.Address.String()}
	}
	return []string{t.Address.String()}
}

func personID(place int) string { return fmt.Sprintf("p%d", place+1) }

// approverGraph leads from each person to the templates whose steps name them, or whose cc does.
func approverGraph(d schema.Declaration) graph {
	var g graph
	l, people := declaredPeople(d)
	place := map[int64]int{} // of a person, in people
	for i, p := range people {
		place[p.ID] = i
		g.vertices = append(g.vertices, vertex{id: personID(i), shape: personShape, lines: []string{l.Called(p)}})
	}
	for i := range d.Templates {
		t := &d.Templates[i]
		id := fmt.Sprintf("t%d", i+1)
		g.vertices = append(g.vertices, vertex{id: id, shape: templateShape, lines: templateLines(t)})
		steps, cc := map[int][]string{}, map[int]bool{} // by place
		for j, s := range t.Template.Steps {
			met := map[int64]bool{}
			for _, p := range s.Approvers {
				if !met[p.ID] {
					met[p.ID] = true
					steps[place[p.ID]] = append(steps[place[p.ID]],
						cmp.Or(strings.TrimSpace(s.Name), fmt.Sprintf("step %d", j+1)))
				}
			}
		}
		for _, p := range t.Template.CC {
			cc[place[p.ID]] = true
		}
		involved := slices.AppendSeq(slices.Collect(maps.Keys(steps)), maps.Keys(cc))
		slices.Sort(involved)
		for _, at := range slices.Compact(involved) {
			if len(steps[at]) > 0 {
				g.edges = append(g.edges, edge{from: personID(at), to: id, label: strings.Join(steps[at], ", ")})
			}
			if cc[at] {
				g.edges = append(g.edges, edge{from: personID(at), to: id, label: "cc", dashed: true, back: true})
			}
		}
	}
	return g
}

// flowGraph draws the steps of each template in a frame of its own, from the template to what the drive does once it is
// approved. The frames have no titles: Mermaid leaves one line for them, and some versions break them into more.
func flowGraph(d schema.Declaration) graph {
	var g graph
	l, _ := declaredPeople(d)
	places := map[addr.Address]schema.Scope{}
	for _, s := range d.Scopes {
		places[s.Address] = s
	}
	for i := range d.Templates {
		t := &d.Templates[i]
		id := fmt.Sprintf("t%d", i+1)
		on := []string{"on " + t.Scope.String()}
		if path := cleanPath(places[t.Scope].Path); path != "" {
			on = []string{"on " + path, "(" + t.Scope.String() + ")"}
		}
		c := cluster{id: id}
		last := id + "_raised"
		c.vertices = append(c.vertices, vertex{id: last, shape: templateShape, lines: append(templateLines(t), on...)})
		then := func(v vertex) {
			c.vertices = append(c.vertices, v)
			g.edges = append(g.edges, edge{from: last, to: v.id})
			last = v.id
		}
		for j, s := range t.Template.Steps {
			name := cmp.Or(strings.TrimSpace(s.Name), fmt.Sprintf("step %d", j+1))
			then(vertex{id: fmt.Sprintf("%s_%d", id, j+1), shape: stepShape,
				lines: append([]string{name}, mermaid.RuleLines(l, s, picturedNames)...)})
		}
		end := []string{"approved"}
		if t.Template.ApprovalType != "" {
			end = append(end, t.Template.ApprovalType)
		}
		then(vertex{id: id + "_approved", shape: endShape, lines: end})
		if len(t.Template.CC) > 0 {
			cc := vertex{id: id + "_cc", shape: personShape,
				lines: append([]string{"cc"}, mermaid.PeopleLines(l, t.Template.CC, picturedNames)...)}
			c.vertices = append(c.vertices, cc)
			g.edges = append(g.edges, edge{from: last, to: cc.id, dashed: true})
		}
		g.clusters = append(g.clusters, c)
	}
	return g
}

// declaredPeople are all whom a declaration names, in the order of their addresses, those without an approver block
// last. Where only the drive knows a name, the address takes its place.
func declaredPeople(d schema.Declaration) (*view.Names, []schema.Person) {
	var all []schema.Person
	for _, a := range d.Approvers {
		p := a.Person
		if p.Username == "" && p.Realname == "" {
			p.Username = a.Address.String()
		}
		all = append(all, p)
	}
	for i := range d.Templates {
		for _, s := range d.Templates[i].Template.Steps {
			all = append(all, s.Approvers...)
		}
		all = append(all, d.Templates[i].Template.CC...)
	}
	l := view.NewNames(nil, nil)
	seen := map[int64]bool{}
	var people []schema.Person
	for _, p := range all {
		l.Meet(p)
		if !seen[p.ID] {
			people = append(people, p)
		}
		seen[p.ID] = true
	}
	return l, people
}
