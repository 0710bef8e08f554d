package reconcile

import "countersign/schema"

// listed finds the templates of one list. A list is as long as a scope has templates, and each change of the scope
// looks into it.
type listed struct {
	byID    map[int64]*schema.Live
	byTitle map[titleInScope][]*schema.Live // in the drive's order
}

func index(list []schema.Live) listed {
	in := listed{make(map[int64]*schema.Live, len(list)), make(map[titleInScope][]*schema.Live, len(list))}
	for i := range list {
		l := &list[i]
		if in.byID[l.ID] == nil {
			in.byID[l.ID] = l
		}
		key := titled(l.ScopeID, l.Template.Title)
		in.byTitle[key] = append(in.byTitle[key], l)
	}
	return in
}
