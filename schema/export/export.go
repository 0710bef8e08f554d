// Package export writes a live drive down as a configuration that a person could have written. It is a pure function
// over values: the same world gives the same bytes.
package export

import (
	"cmp"
	"fmt"
	"slices"

	"countersign/schema"
	"countersign/schema/hcltext"
)

// World is what is to be written down, as the drive has it.
type World struct {
	Endpoint  string
	Catalogue schema.Catalogue
	People    map[int64]schema.Person // names by user id
	Places    []Place
}

// Place is a folder or file with the templates that are attached to it.
type Place struct {
	ID        int64
	Kind      schema.ScopeKind
	Path      string        // names joined by /; "" where it is not known
	Checked   bool          // following Path down the drive's folders leads to ID
	Templates []schema.Live // inherited ones are not among them
}

// Document is a configuration in sections.
type Document struct {
	Sections  []Section // main, shared, one for each place, imports; empty ones are left out
	Templates int       // how many templates it has
	Places    int       // how many folders and files it has
	LeftOut   []LeftOut
}

// Section is a part of a configuration that can be a file of its own.
type Section struct {
	Name string // such as main; unique, and fit to be the name of a file
	Text []byte // in the canonical layout
}

// Options say how a world is written down.
type Options struct {
	Flat bool // write a block for each template, and each list of people where it is used
}

// Bytes is the whole configuration as one file.
func (d Document) Bytes() []byte {
	var all []byte
	for i, s := range d.Sections {
		if i > 0 {
			all = append(all, '\n')
		}
		all = append(all, s.Text...)
	}
	return all
}

// The names of the sections that do not belong to a place.
const (
	mainSection    = "main"    // the provider, the approvers, the lists of people that are used often
	sharedSection  = "shared"  // the templates that are alike on several folders
	importsSection = "imports" // apart, so that they are easy to delete
)

// often is how many times something must occur to be written once for all places.
const often = 3

// Render writes a world down as a person would: what occurs often is written once, unless the options say otherwise.
// Templates that the language cannot declare become comments.
func Render(w World, o Options) Document {
	places := slices.Clone(w.Places)
	slices.SortStableFunc(places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.ID, b.ID))
	})
	doc := Document{Places: len(places)}
	kept, left := make([][]schema.Live, len(places)), make([][]LeftOut, len(places))
	for i, p := range places {
		kept[i], left[i] = sort(w, p)
		doc.Templates += len(kept[i])
		doc.LeftOut = append(doc.LeftOut, left[i]...)
	}
	single, alike := kept, []shared(nil)
	if !o.Flat {
		single, alike = fold(kept)
	}
	n := name(w, places, single, alike)
	if !o.Flat {
		n.nameLists(places, single, alike)
		n.nameAreas(places, alike)
	}

	doc.add(mainSection, head(w, n))
	if len(alike) > 0 {
		doc.add(sharedSection, sharedTemplates(w, places, alike, n))
	}
	paths := map[string]bool{}
	for i, p := range places {
		b := &writer{}
		b.place(p, n, paths)
		gaps := left[i]
		for _, l := range single[i] {
			gaps = b.gaps(gaps, l.ID)
			b.template(l, p, w.Catalogue, n)
		}
		b.gaps(gaps, 0)
		doc.add(n.place[p.ID], b)
	}
	if doc.Templates > 0 {
		doc.add(importsSection, imports(places, kept, n))
	}
	return doc
}

func (d *Document) add(name string, w *writer) {
	d.Sections = append(d.Sections, Section{Name: name, Text: hcltext.Layout([]byte(w.String()))})
}

// head is the first section.
func head(w World, n *names) *writer {
	b := &writer{}
	b.Line("# The approval policy of %s as countersign export found it.\n", hcltext.Comment(w.Endpoint))
	b.Line("provider \"yomicloud\" {")
	b.Attributes("  ", hcltext.Attribute{Name: "endpoint", Value: hcltext.Quote(w.Endpoint)})
	b.Line("}")
	for _, p := range n.approvers {
		b.Line("")
		b.Approver(n.approver[p.ID], p)
	}
	if len(n.lists) > 0 {
		b.Line("\nlocals {")
		for _, l := range n.lists {
			b.Attributes("  ", hcltext.Attribute{Name: l.name, Value: hcltext.List("  ", n.addresses(l.people))})
		}
		b.Line("}")
	}
	return b
}

// sharedTemplates is the section of the templates that are alike on several places.
func sharedTemplates(w World, places []Place, alike []shared, n *names) *writer {
	b := &writer{}
	b.Line("# Each of these templates is alike on several folders or files.")
	if len(n.areas) > 0 {
		b.Line("locals {")
		for _, a := range n.areas {
			b.Attributes("  ", hcltext.Attribute{Name: a.name,
				Value: hcltext.Object("  ", n.elements(places, a.places))})
		}
		b.Line("}")
	}
	for _, s := range alike {
		b.shared(s, places, w.Catalogue, n)
	}
	return b
}

// imports is the last section.
func imports(places []Place, kept [][]schema.Live, n *names) *writer {
	b := &writer{}
	b.Line("# Once apply has taken the templates over, these blocks have done their work and can be removed.")
	for i, p := range places {
		if len(kept[i]) > 0 {
			b.Line("\n# %s", hcltext.Comment(cmp.Or(p.Path, fmt.Sprint(p.ID))))
		}
		for _, l := range kept[i] {
			b.Line("import {\n  to = %s\n  id = %d\n}", n.template[l.ID], l.ID)
		}
	}
	return b
}
