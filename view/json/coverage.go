package json

import (
	"countersign/coverage"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

type coverageDocument struct {
	FormatVersion string          `json:"format_version"`
	Complete      bool            `json:"complete"`
	Folders       int             `json:"folders"`
	NotLookedInto int             `json:"not_looked_into"`
	WeakerThan    addr.Address    `json:"weaker_than,omitzero"`
	Types         []coverageType  `json:"types"`
	Gaps          []coverageGap   `json:"gaps"`
	Unread        []unreadFolder  `json:"unread"`
	Unmet         []unmetTemplate `json:"unmet_templates"`
}

type coverageType struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	AppliesTo schema.AppliesTo `json:"applies_to"`
	Covered   int              `json:"covered"`
	None      int              `json:"none"`
	Weak      int              `json:"weak"`
	Unknown   int              `json:"unknown"`
}

// coverageGap is an approval type that has no template in force on a folder, or only a weak one.
type coverageGap struct {
	ID        int64            `json:"id"`
	Path      string           `json:"path"`
	Type      string           `json:"approval_type_id"`
	State     coverage.State   `json:"state"`
	On        schema.AppliesTo `json:"on"`
	Templates []weakTemplate   `json:"templates"`
}

type weakTemplate struct {
	ID    int64   `json:"id"`
	Title string  `json:"title"`
	Opens []int64 `json:"opens"`
}

// unreadFolder is a folder of which something is not known.
type unreadFolder struct {
	ID   int64  `json:"id"`
	Path string `json:"path"`
	Lost string `json:"lost"` // templates, or folders
	Why  string `json:"why"`
}

type unmetTemplate struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Path  string `json:"path"`
}

// Coverage is on which folders of a drive approval types are not covered. Folders without a gap are counted and not
// named.
func Coverage(r *coverage.Report) ([]byte, error) {
	doc := coverageDocument{FormatVersion: "1.0", Complete: r.Complete(), Folders: r.Folders,
		NotLookedInto: r.Beyond, Types: []coverageType{}, Gaps: []coverageGap{}, Unread: []unreadFolder{},
		Unmet: []unmetTemplate{}}
	if r.Than != nil {
		doc.WeakerThan = r.Than.Address
	}
	for i, t := range r.Types {
		n := r.Tallies[i]
		doc.Types = append(doc.Types, coverageType{t.ID, t.Name, t.AppliesTo, n[coverage.Covered], n[coverage.None],
			n[coverage.Weak], n[coverage.Unknown]})
	}
	r.Top.Each(func(f *coverage.Folder) {
		lost := func(what, why string) {
			doc.Unread = append(doc.Unread, unreadFolder{f.ID, f.Path, what, why})
		}
		if f.Unread != nil && f.Unread != coverage.ErrLimit {
			lost("templates", f.Unread.Error())
		}
		if f.Unlisted != nil && f.Unlisted != coverage.ErrLimit {
			lost("folders", f.Unlisted.Error())
		}
		for i, found := range r.Of(f) {
			switch found.State {
			case coverage.Unknown:
				if f.Unread == nil {
					lost("templates", found.Why)
				}
			case coverage.None, coverage.Weak:
				gap := coverageGap{f.ID, f.Path, r.Types[i].ID, found.State, found.On, []weakTemplate{}}
				for _, w := range found.Weak {
					gap.Templates = append(gap.Templates, weakTemplate{w.ID, w.Template.Title, full(w.Opens)})
				}
				doc.Gaps = append(doc.Gaps, gap)
			}
		}
	})
	for _, m := range r.Strays {
		doc.Unmet = append(doc.Unmet, unmetTemplate(m))
	}
	return view.CompactJSON(doc)
}
