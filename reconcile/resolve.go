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

// resolve fills in what only the drive knows: ids of scopes, types by name, names of people. It reports where the drive
// contradicts the declaration; what cannot be resolved is left out of the templates.
func resolve(decl schema.Declaration, w *world.World) ([]wanted, map[addr.Address]plans.Place, map[int64]schema.Person,
	schema.Diagnostics) {
	r := &resolver{catalogue: w.Catalogue, places: make(map[addr.Address]plans.Place, len(decl.Scopes)),
		approvers: make(map[int64]addr.Address, len(decl.Approvers)), nameless: map[int64]bool{}}
	for _, s := range decl.Scopes {
		id := cmp.Or(s.ID, w.ScopeIDs[s.Address])
		r.places[s.Address] = plans.Place{Address: s.Address, Kind: s.Kind, ID: id,
			Path: cmp.Or(w.Paths[id], world.CleanPath(s.Path))}
	}
	for _, a := range slices.Backward(decl.Approvers) { // the first of several blocks is the one to name
		r.approvers[a.Person.ID] = a.Address
	}
	r.people, r.diags = resolvePeople(decl.Approvers, w)
	out := make([]wanted, 0, len(decl.Templates))
	for i := range decl.Templates {
		if t, ok := r.template(&decl.Templates[i]); ok {
			out = append(out, t)
		}
	}
	return out, r.places, r.people, r.diags
}

// resolver is one resolve: what it looks things up in, and what it has reported.
type resolver struct {
	catalogue schema.Catalogue
	places    map[addr.Address]plans.Place
	people    map[int64]schema.Person
	approvers map[int64]addr.Address // the blocks that declare them, by user id

	diags    schema.Diagnostics
	nameless map[int64]bool // people whose missing names have been reported
	listed   addr.Address   // where the whole catalogue has been listed
}

func (r *resolver) problem(severity schema.Severity, address addr.Address, attribute, summary, format string,
	args ...any) {
	r.diags = append(r.diags, schema.Problem(severity, address, attribute, summary, format, args...))
}

// template resolves one template; false when an error is in the way.
func (r *resolver) template(d *schema.Declared) (wanted, bool) {
	t := d.Template
	kind, ok := r.approvalType(d)
	if !ok {
		return wanted{}, false
	}
	t.ApprovalType, t.AppliesTo = kind.ID, cmp.Or(t.AppliesTo, kind.AppliesTo)
	if t.AppliesTo != kind.AppliesTo {
		r.problem(schema.Error, d.Address, schema.AttrAppliesTo, "applies_to does not agree with the approval type",
			"%s: the drive's type %q (id %s) is for %s, so applies_to must be %q; leave it out to follow the type.",
			d.Address, kind.Name, kind.ID, appliesText(kind.AppliesTo), string(kind.AppliesTo))
		return wanted{}, false
	}
	place := r.places[d.Scope]
	if place.Kind == schema.ScopeFile && t.AppliesTo == schema.AppliesToFolders {
		r.problem(schema.Warning, d.Address, "scope", "A template for folders is attached to a file",
			"%s: the type %q is for folders only, and %s is a file with nothing below it, so nobody can ever raise it.",
			d.Address, kind.Name, d.Scope)
	}
	if place.ID == 0 {
		r.problem(schema.Error, d.Address, "scope", "The scope has no id",
			"%s is attached to %q, whose id on the drive is not known.", d.Address, d.Scope)
		return wanted{}, false
	}
	t = named(t, r.people).Normalise()
	for _, s := range t.Steps {
		for _, p := range s.Approvers {
			r.checkNames(p, d.Address)
		}
	}
	return wanted{Declared: d, place: place, want: t}, true
}

// approvalType finds the type of a template in the catalogue.
func (r *resolver) approvalType(d *schema.Declared) (schema.ApprovalType, bool) {
	name, found := d.Template.ApprovalType, r.catalogue.Find(d.Template.ApprovalType)
	switch {
	case len(found) == 1:
		return found[0], true
	case len(found) > 1:
		r.problem(schema.Error, d.Address, schema.AttrApprovalType, "Several approval types have this name",
			"%s: the drive's catalogue has more than one type %q: %s. "+
				"Write the id of the one that is meant, such as approval_type = %q.",
			d.Address, name, catalogueText(found), found[0].ID)
		return schema.ApprovalType{}, false
	}
	list := "What there is stands at " + r.listed.String()
	if r.listed.IsZero() {
		list, r.listed = "There are: "+catalogueText(r.catalogue), d.Address
	}
	r.problem(schema.Error, d.Address, schema.AttrApprovalType, "The drive has no such approval type",
		"%s: the drive's catalogue has no type %q. %s.", d.Address, name, list)
	return schema.ApprovalType{}, false
}

// checkNames reports, once, an approver whose names nobody has told.
func (r *resolver) checkNames(p schema.Person, template addr.Address) {
	if p.Username != "" && p.Realname != "" || r.nameless[p.ID] {
		return
	}
	r.nameless[p.ID] = true
	at := r.approvers[p.ID]
	if at.IsZero() {
		at = template
	}
	r.problem(schema.Error, at, "id", "The drive does not tell this user's name",
		"User %d is an approver of %s, and the drive keeps an approver's username and realname beside the id. "+
			"Nothing that was read tells them for user %d: check the id, or write username and realname in the "+
			"approver block.", p.ID, template, p.ID)
}

// resolvePeople joins the names that are declared, those that the drive gives, and where both are silent, those that
// the state has. Another username than the drive's is an error: people are the same when their ids are, so that
// somebody else than the reader believes would decide. Another realname is a warning, and the drive's is used.
func resolvePeople(approvers []schema.Approver, w *world.World) (map[int64]schema.Person, schema.Diagnostics) {
	var diags schema.Diagnostics
	people := maps.Clone(w.People)
	if people == nil {
		people = map[int64]schema.Person{}
	}
	owners := map[string]schema.Person{} // by the usernames that the drive gives
	for _, id := range slices.Sorted(maps.Keys(w.People)) {
		if p := w.People[id]; p.Username != "" {
			owners[spelling.Form(p.Username)] = p
		}
	}
	for _, a := range approvers {
		p := people[a.Person.ID]
		p.ID = a.Person.ID
		if wrong := otherPerson(a, p, owners[spelling.Form(a.Person.Username)]); wrong != nil {
			diags = append(diags, *wrong)
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
					"%s: user %d has the %s %q on the drive, and %q here. People are told apart by id, so it is %q "+
						"who is meant, and who is shown below. Check that this is the person you want, then "+
						"correct the name.", a.Address, p.ID, name.attribute, *name.live, name.declared, *name.live)
				d.Code = "name_contradicts"
				diags = append(diags, d)
			}
		}
		recorded := w.Recorded[p.ID] // for somebody who was taken out of every template by hand
		p.Username, p.Realname = cmp.Or(p.Username, recorded.Username), cmp.Or(p.Realname, recorded.Realname)
		people[p.ID] = p
	}
	return people, diags
}

// otherPerson is an error when the declared id and username are of different people on the drive: live is the user of
// that id, owner the one of that username, if there is one.
func otherPerson(a schema.Approver, live, owner schema.Person) *schema.Diagnostic {
	name, owned := a.Person.Username, owner.ID != 0 && owner.ID != live.ID
	if name == "" || spelling.Same(live.Username, name) || live.Username == "" && !owned {
		return nil
	}
	var known []string
	if live.Username != "" {
		known = append(known, fmt.Sprintf("user %d is %s", live.ID, plans.PersonText(live)))
	}
	way := "Correct the username if that is the person you want, or else the id."
	if owned {
		known = append(known, fmt.Sprintf("%q is user %d", name, owner.ID))
		way = fmt.Sprintf("Write id = %d if that person is meant, or correct the username.", owner.ID)
	}
	wrong := schema.Problem(schema.Error, a.Address, "id", "The id and the username are of different people",
		"%s is written with id %d and username %q. On the drive %s. "+
			"People are told apart by id, so that somebody else would get a say. %s",
		a.Address, live.ID, name, strings.Join(known, ", and "), way)
	return &wrong
}

// named is a template in which people have the names that this run knows. Lists of people who have them already are
// those of the template given.
func named(t schema.Template, people map[int64]schema.Person) schema.Template {
	t.CC = namedPeople(t.CC, people)
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].Approvers = namedPeople(t.Steps[i].Approvers, people)
	}
	return t
}

func namedPeople(list []schema.Person, people map[int64]schema.Person) []schema.Person {
	name := func(p schema.Person) schema.Person {
		known := people[p.ID]
		p.Username, p.Realname = cmp.Or(known.Username, p.Username), cmp.Or(known.Realname, p.Realname)
		return p
	}
	if !slices.ContainsFunc(list, func(p schema.Person) bool { return name(p) != p }) {
		return list
	}
	list = slices.Clone(list)
	for i, p := range list {
		list[i] = name(p)
	}
	return list
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
