package yomicloud

import (
	"strconv"
	"strings"

	"countersign/schema"
)

// people are the names of users that an answer tells, by id.
type people map[int64]schema.Person

// readPeople reads userinfo: by user id, a list that begins with the username and the realname (section 1). It is
// null where there is nobody to speak of. Names are for information: what cannot be read of them is left out.
func readPeople(userinfo value) people {
	known := people{}
	for key, v := range userinfo.members() {
		id, err := strconv.ParseInt(strings.TrimSpace(key), 10, 64)
		if err != nil {
			continue
		}
		if len(known) == mostEntries {
			break
		}
		p := schema.Person{ID: id}
		place := 0
		for name := range v.elements() {
			switch place++; place {
			case 1:
				p.Username = strings.Clone(name.words())
			case 2:
				p.Realname = strings.Clone(name.words())
			}
		}
		for key, name := range v.members() {
			switch key {
			case "username":
				p.Username = strings.Clone(name.words())
			case "realname":
				p.Realname = strings.Clone(name.words())
			}
		}
		if p.Username != "" || p.Realname != "" {
			known[id] = p
		}
	}
	return known
}

// complete fills in the names that p lacks.
func (known people) complete(p schema.Person) schema.Person {
	if p.Username != "" && p.Realname != "" {
		return p
	}
	k := known[p.ID]
	if p.Username == "" {
		p.Username = k.Username
	}
	if p.Realname == "" {
		p.Realname = k.Realname
	}
	return p
}

// learn keeps the names of approvers whom userinfo did not tell. Those that userinfo tells are newer: a template
// keeps the names of the day it was written.
func (known people) learn(t schema.Template) {
	for _, s := range t.Steps {
		for _, p := range s.Approvers {
			k, told := known[p.ID]
			switch {
			case p.Username == "" && p.Realname == "", told && k.Username != "" && k.Realname != "":
			case told:
				known[p.ID] = people{p.ID: p}.complete(k)
			default:
				known[p.ID] = p
			}
		}
	}
}
