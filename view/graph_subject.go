package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/schema"
)

// picturedNames is how many people a step of a picture names; of more it tells the number.
const picturedNames = 12

// folderGraph draws each folder and file below the nearest declared one above it, and the templates on it.
func folderGraph(d schema.Declaration) graph {
	var g graph
	ids := map[string]string{}
	for i, s := range d.Scopes {
		ids[s.Address] = fmt.Sprintf("f%d", i+1)
	}
	for _, s := range d.Scopes {
		v := vertex{id: ids[s.Address], shape: folderShape}
		if s.Kind == schema.ScopeFile {
			v.shape = fileShape
		}
		path := cleanPath(s.Path)
		if above := nearestAbove(d.Scopes, path); above != nil {
			path = strings.TrimPrefix(path, cleanPath(above.Path)+"/")
			g.edges = append(g.edges, edge{from: ids[above.Address], to: v.id})
		}
		if path != "" {
			v.lines = append(v.lines, path)
		}
		v.lines = append(v.lines, s.Address)
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

// nearestAbove is the declared folder with the longest path above a path.
func nearestAbove(scopes []schema.Scope, path string) *schema.Scope {
	var nearest *schema.Scope
	for i := range scopes {
		above := cleanPath(scopes[i].Path)
		if above != "" && strings.HasPrefix(path, above+"/") && (nearest == nil || len(above) > len(cleanPath(nearest.Path))) {
			nearest = &scopes[i]
		}
	}
	return nearest
}

// cleanPath is a path without empty names.
func cleanPath(p string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(p, "/"), func(s string) bool { return strings.TrimSpace(s) == "" }), "/")
}

// templateLines are what a template is called: its title and its address.
func templateLines(t *schema.Declared) []string {
	if title := strings.TrimSpace(t.Template.Title); title != "" {
		return []string{title, t.Address}
	}
	return []string{t.Address}
}

// approverGraph leads from each person to the templates in which they have a say, by step, or are told of the outcome.
func approverGraph(d schema.Declaration) graph {
	var g graph
	l, people := declaredPeople(d)
	ids := map[int64]string{}
	for i, p := range people {
		id := fmt.Sprintf("p%d", i+1)
		ids[p.ID] = id
		g.vertices = append(g.vertices, vertex{id: id, shape: personShape, lines: []string{l.people.name(p)}})
	}
	for i := range d.Templates {
		t := &d.Templates[i]
		id := fmt.Sprintf("t%d", i+1)
		g.vertices = append(g.vertices, vertex{id: id, shape: templateShape, lines: templateLines(t)})
		for _, p := range people {
			var steps []string
			is := func(q schema.Person) bool { return q.ID == p.ID }
			for j, s := range t.Template.Steps {
				if slices.ContainsFunc(s.Approvers, is) {
					steps = append(steps, cmp.Or(strings.TrimSpace(s.Name), fmt.Sprintf("step %d", j+1)))
				}
			}
			if len(steps) > 0 {
				g.edges = append(g.edges, edge{from: ids[p.ID], to: id, label: strings.Join(steps, ", ")})
			}
			if slices.ContainsFunc(t.Template.CC, is) {
				g.edges = append(g.edges, edge{from: ids[p.ID], to: id, label: "cc", dashed: true, back: true})
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
	places := map[string]schema.Scope{}
	for _, s := range d.Scopes {
		places[s.Address] = s
	}
	for i := range d.Templates {
		t := &d.Templates[i]
		id := fmt.Sprintf("t%d", i+1)
		on := []string{"on " + t.Scope}
		if path := cleanPath(places[t.Scope].Path); path != "" {
			on = []string{"on " + path, "(" + t.Scope + ")"}
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
			then(vertex{id: fmt.Sprintf("%s_%d", id, j+1), shape: stepShape, lines: append([]string{name}, l.ruleLines(s, picturedNames)...)})
		}
		end := []string{"approved"}
		if t.Template.ApprovalType != "" {
			end = append(end, t.Template.ApprovalType)
		}
		then(vertex{id: id + "_approved", shape: endShape, lines: end})
		if len(t.Template.CC) > 0 {
			told := vertex{id: id + "_cc", shape: personShape, lines: append([]string{"cc"}, l.peopleLines(t.Template.CC, picturedNames)...)}
			c.vertices = append(c.vertices, told)
			g.edges = append(g.edges, edge{from: last, to: told.id, dashed: true})
		}
		g.clusters = append(g.clusters, c)
	}
	return g
}

// declaredPeople are everybody a declaration names, in the order of their addresses, those without an approver block
// last. Where only the drive knows a name, the address stands for it.
func declaredPeople(d schema.Declaration) (*lexicon, []schema.Person) {
	var all []schema.Person
	for _, a := range d.Approvers {
		p := a.Person
		if p.Username == "" && p.Realname == "" {
			p.Username = a.Address
		}
		all = append(all, p)
	}
	for i := range d.Templates {
		for _, s := range d.Templates[i].Template.Steps {
			all = append(all, s.Approvers...)
		}
		all = append(all, d.Templates[i].Template.CC...)
	}
	l := newLexicon(nil, nil)
	seen := map[int64]bool{}
	var people []schema.Person
	for _, p := range all {
		l.people.meet(p)
		if !seen[p.ID] {
			people = append(people, p)
		}
		seen[p.ID] = true
	}
	return l, people
}
