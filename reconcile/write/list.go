package write

import (
	"countersign/schema"
	"countersign/schema/spelling"
)

// Title is a title in a scope. No two templates may have one: people who raise an approval could not tell them apart,
// and pick either.
type Title struct {
	Scope int64
	Text  string // in the one form of package spelling
}

// TitleIn is a title in a scope.
func TitleIn(scope int64, title string) Title { return Title{scope, spelling.Form(title)} }

// List finds the templates of one scope's list. It is as long as a scope has templates, and each write of the scope
// looks into it.
type List struct {
	ByID    map[int64]*schema.Live
	ByTitle map[Title][]*schema.Live // in the drive's order
}

// Index makes a list searchable.
func Index(list []schema.Live) List {
	in := List{make(map[int64]*schema.Live, len(list)), make(map[Title][]*schema.Live, len(list))}
	for i := range list {
		l := &list[i]
		if in.ByID[l.ID] == nil {
			in.ByID[l.ID] = l
		}
		key := TitleIn(l.ScopeID, l.Template.Title)
		in.ByTitle[key] = append(in.ByTitle[key], l)
	}
	return in
}
