package live

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/stored"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// mostListed is how many people an error lists.
const mostListed = 10

// person finds one of some people by id, by a name that nobody else of them has, or by the address of an approver
// block. An id may be that of somebody else.
func (d *DriveRun) person(name string, among []schema.Person) (schema.Person, error) {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil && id > 0 {
		if i := slices.IndexFunc(among, func(p schema.Person) bool { return p.ID == id }); i >= 0 {
			return among[i], nil
		}
		return schema.Person{ID: id}, nil
	}
	if addr.Meant(name, "approver") {
		for _, a := range d.Config.Declaration.Approvers {
			if a.Address == stored.Typed(name) && a.Person.ID != 0 {
				return a.Person, nil
			}
		}
		return schema.Person{}, fault.New("There is no such approver",
			"The configuration declares no %s with an id.", name)
	}
	among = slices.Clone(among)
	slices.SortFunc(among, func(a, b schema.Person) int { return cmp.Compare(a.ID, b.ID) })
	among = slices.CompactFunc(among, func(a, b schema.Person) bool { return a.ID == b.ID })
	var found []schema.Person
	var names, all, same []string
	for _, p := range among {
		text := fmt.Sprintf("%d %s", p.ID, personText(p))
		if spelling.Same(p.Username, name) || spelling.Same(p.Realname, name) {
			found, same = append(found, p), append(same, text)
		}
		names, all = append(names, p.Username, p.Realname), append(all, text)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if more := len(all) - mostListed; more > 0 {
			all = append(all[:mostListed], fmt.Sprintf("and %d more", more))
		}
		return schema.Person{}, fault.New("There is no such person here", "%q is the name of none of: %s.%s Write an "+
			"id, a username, a real name, or the address of an approver block.", name, strings.Join(all, ", "),
			cmdline.Suggest(name, names))
	}
	return schema.Person{}, fault.New("More than one person is called so", "%q is the name of: %s. Write the id.", name,
		strings.Join(same, ", "))
}

// personText names a user for a message.
func personText(p schema.Person) string {
	switch {
	case p.Realname != "" && p.Username != "":
		return fmt.Sprintf("%s (%s)", p.Realname, p.Username)
	case p.Realname+p.Username != "":
		return p.Realname + p.Username
	}
	return fmt.Sprintf("user %d", p.ID)
}
