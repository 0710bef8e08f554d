package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// wanted is a declared template with everything filled in that only the drive knows.
type wanted struct {
	*schema.Declared
	place plans.Place
	want  schema.Template // normalised; ApprovalType is the id
}

// resolve fills in what only the drive knows, scope ids, types by name, names of people, and tells what the
// drive knows otherwise.
func resolve(decl schema.Declaration, w *world.World) ([]wanted, map[addr.Address]plans.Place, map[int64]schema.Person,
	schema.Diagnostics) {
	var diags schema.Diagnostics
	places := make(map[addr.Address]plans.Place, len(decl.Scopes))
	for _, s := range decl.Scopes {
		id := s.ID
		if id == 0 {
			id = w.ScopeIDs[s.Address]
		}
		path := w.Paths[id]
		if path == "" {
			path = strings.Join(world.SplitPath(s.Path), "/")
		}
		places[s.Address] = plans.Place{Address: s.Address, Kind: s.Kind, ID: id, Path: path}
	}
	people, more := resolvePeople(decl.Approvers, w)
	diags = append(diags, more...)

	namelessTold := map[int64]bool{}
	catalogueAt := "" // where the catalogue has been told
	out := make([]wanted, 0, len(decl.Templates))
	for i := range decl.Templates {
		d := &decl.Templates[i]
		t := d.Template
		found := w.Catalogue.Find(t.ApprovalType)
		switch len(found) {
		case 1:
		case 0:
			diags = append(diags, schema.Problem(schema.Error, d.Address, schema.AttrApprovalType,
				"The drive has no such approval type", "%s: the drive's catalogue has no type %q. %s.",
				d.Address, t.ApprovalType, cmp.Or(catalogueAt, "There are: "+catalogueText(w.Catalogue))))
			catalogueAt = "What there is stands at " + d.Address.String()
			continue
		default:
			diags = append(diags, schema.Problem(schema.Error, d.Address, schema.AttrApprovalType,
				"Several approval types have this name",
				"%s: the drive's catalogue has more than one type %q: %s. Write the id of the one that is "+
					"meant, such as approval_type = %q.", d.Address, t.ApprovalType, catalogueText(found), found[0].ID))
			continue
		}
		kind := found[0]
		t.ApprovalType = kind.ID
		switch {
		case t.AppliesTo == "":
			t.AppliesTo = kind.AppliesTo
		case t.AppliesTo != kind.AppliesTo:
			diags = append(diags, schema.Problem(schema.Error, d.Address, schema.AttrAppliesTo,
				"applies_to does not agree with the approval type",
				"%s: the drive's type %q (id %s) is for %s, so applies_to must be %q; leave it out to follow the type.",
				d.Address, kind.Name, kind.ID, appliesText(kind.AppliesTo), string(kind.AppliesTo)))
			continue
		}
		place, ok := places[d.Scope]
		if ok && place.Kind == schema.ScopeFile && t.AppliesTo == schema.AppliesToFolders {
			diags = append(diags, schema.Problem(schema.Warning, d.Address, "scope",
				"A template for folders is attached to a file",
				"%s: the type %q is for folders only, and %s is a file with nothing below "+
					"it, so nobody can ever raise it.", d.Address, kind.Name, d.Scope))
		}
		if !ok || place.ID == 0 {
			diags = append(diags, schema.Problem(schema.Error, d.Address, "scope", "The scope has no id",
				"%s is attached to %q, whose id on the drive is not known.", d.Address, d.Scope))
			continue
		}
		t = named(t, people).Normalise()
		for _, s := range t.Steps {
			for _, p := range s.Approvers {
				if (p.Username == "" || p.Realname == "") && !namelessTold[p.ID] {
					namelessTold[p.ID] = true
					diags = append(diags, schema.Problem(schema.Error, approverAddress(decl.Approvers, p.ID, d.Address),
						"id", "The drive does not tell this user's name",
						"User %d is an approver of %s, and the drive keeps an approver's username and "+
							"realname beside the id. Nothing that was read tells them for user %d: "+
							"check the id, or write username and realname in the approver block.",
						p.ID, d.Address, p.ID))
				}
			}
		}
		out = append(out, wanted{Declared: d, place: place, want: t})
	}
	return out, places, people, diags
}

// resolvePeople joins the names that are declared, those that the drive told, and where both are silent, those that the
// state has. Another username than the drive's is an error: people are the same when their ids are, so that somebody
// else than the reader sees would get a say. Another realname is a warning, and the drive's stands, in the plan too.
func resolvePeople(approvers []schema.Approver, w *world.World) (map[int64]schema.Person, schema.Diagnostics) {
	var diags schema.Diagnostics
	people := make(map[int64]schema.Person, len(w.People)+len(approvers))
	for id, p := range w.People {
		people[id] = p
	}
	owners := map[string]schema.Person{} // by the usernames that the drive tells
	for _, id := range slices.Sorted(maps.Keys(w.People)) {
		if p := w.People[id]; p.Username != "" {
			owners[spelling.Form(p.Username)] = p
		}
	}
	for _, a := range approvers {
		p := people[a.Person.ID]
		p.ID = a.Person.ID
		owner, owned := owners[spelling.Form(a.Person.Username)]
		owned = owned && owner.ID != p.ID
		if a.Person.Username != "" && !spelling.Same(p.Username, a.Person.Username) && (p.Username != "" || owned) {
			var live []string
			if p.Username != "" {
				live = append(live, fmt.Sprintf("user %d is %s", p.ID, plans.PersonText(p)))
			}
			way := "Correct the username if that is the person you want, or else the id."
			if owned {
				live = append(live, fmt.Sprintf("%q is user %d", a.Person.Username, owner.ID))
				way = fmt.Sprintf("Write id = %d if that person is meant, or correct the username.", owner.ID)
			}
			diags = append(diags, schema.Problem(schema.Error, a.Address, "id",
				"The id and the username are of different people",
				"%s is written with id %d and username %q. On the drive %s. People are told apart by id, "+
					"so that somebody else would get a say. %s",
				a.Address, p.ID, a.Person.Username, strings.Join(live, ", and "), way))
			continue
		}
		for _, name := range []struct {
			attribute, declared string
			live                *string
		}{
			{"username", a.Person.Username, &p.Username},
			{"realname", a.Person.Realname, &p.Realname},
		} {
			switch {
			case *name.live == "":
				*name.live = name.declared
			case name.declared != "" && !spelling.Same(*name.live, name.declared):
				d := schema.Problem(schema.Warning, a.Address, name.attribute,
					"The drive knows this user by another name",
					"%s: user %d has the %s %q on the drive, and %q here. "+
						"People are told apart by id, so it is %q who is meant, and who is shown below. "+
						"Check that this is the person you want, then correct the name.",
					a.Address, p.ID, name.attribute, *name.live, name.declared, *name.live)
				d.Code = "name_contradicts"
				diags = append(diags, d)
			}
		}
		recorded := w.Recorded[p.ID] // somebody who was taken out of every template by hand
		p.Username, p.Realname = cmp.Or(p.Username, recorded.Username), cmp.Or(p.Realname, recorded.Realname)
		people[p.ID] = p
	}
	return people, diags
}

// named returns the template with people called what this run knows them by, where it does.
func named(t schema.Template, people map[int64]schema.Person) schema.Template {
	t.CC = namedPeople(t.CC, people)
	steps := slices.Clone(t.Steps)
	for i := range steps {
		steps[i].Approvers = namedPeople(steps[i].Approvers, people)
	}
	t.Steps = steps
	return t
}

func namedPeople(list []schema.Person, people map[int64]schema.Person) []schema.Person {
	list = slices.Clone(list)
	for i, p := range list {
		known := people[p.ID]
		list[i].Username, list[i].Realname = cmp.Or(known.Username, p.Username), cmp.Or(known.Realname, p.Realname)
	}
	return list
}

func approverAddress(approvers []schema.Approver, id int64, otherwise addr.Address) addr.Address {
	for _, a := range approvers {
		if a.Person.ID == id {
			return a.Address
		}
	}
	return otherwise
}

func catalogueText(c schema.Catalogue) string {
	if len(c) == 0 {
		return "none at all"
	}
	names := make([]string, len(c))
	for i, t := range c {
		names[i] = fmt.Sprintf("%q (id %s, for %s)", t.Name, t.ID, appliesText(t.AppliesTo))
	}
	return strings.Join(names, ", ")
}

func appliesText(a schema.AppliesTo) string {
	switch a {
	case schema.AppliesToFolders:
		return "folders only"
	case schema.AppliesToFiles:
		return "files only"
	}
	return "folders and files"
}
