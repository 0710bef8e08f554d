package write

import "countersign/schema"

// List finds the templates of one scope's list. It is as long as a scope has templates, and each write of the scope
// looks into it.
type List struct {
	ByID    map[int64]*schema.Live
	ByTitle map[schema.Title][]*schema.Live // in the drive's order
}

// Index makes a list searchable.
func Index(list []schema.Live) List {
	in := List{make(map[int64]*schema.Live, len(list)), make(map[schema.Title][]*schema.Live, len(list))}
	for i := range list {
		l := &list[i]
		if in.ByID[l.ID] == nil {
			in.ByID[l.ID] = l
		}
		key := schema.TitleIn(l.ScopeID, l.Template.Title)
		in.ByTitle[key] = append(in.ByTitle[key], l)
	}
	return in
}
