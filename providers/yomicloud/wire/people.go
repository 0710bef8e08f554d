package wire

import (
	"strconv"
	"strings"

	"countersign/providers/jsontext"
	"countersign/schema"
)

// People are the names of users in an answer, by id.
type People map[int64]schema.Person

// ReadPeople reads userinfo: by user id, a list that begins with the username and the realname (section 1). It is
// null where there are no users. Names are for information: what cannot be read of them is left out.
func ReadPeople(userinfo jsontext.Value) People {
	known := People{}
	for key, v := range userinfo.Members() {
		id, err := strconv.ParseInt(strings.TrimSpace(key), 10, 64)
		if err != nil {
			continue
		}
		if len(known) == jsontext.MostEntries {
			break
		}
		p := schema.Person{ID: id}
		place := 0
		for name := range v.Elements() {
			switch place++; place {
			case 1:
				p.Username = strings.Clone(name.Words())
			case 2:
				p.Realname = strings.Clone(name.Words())
			}
		}
		if o := v.Object(); o != nil {
			p.Username, p.Realname = strings.Clone(o.Get("username").Words()), strings.Clone(o.Get("realname").Words())
		}
		if p.Username != "" || p.Realname != "" {
			known[id] = p
		}
	}
	return known
}

// complete fills in the names that p lacks.
func (known People) complete(p schema.Person) schema.Person {
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

// Learn keeps the names of approvers that userinfo lacks. Names in userinfo are newer: a template keeps the names of
// the day it was written.
func (known People) Learn(t schema.Template) {
	for _, s := range t.Steps {
		for _, p := range s.Approvers {
			k, named := known[p.ID]
			switch {
			case p.Username == "" && p.Realname == "", named && k.Username != "" && k.Realname != "":
			case named:
				known[p.ID] = People{p.ID: p}.complete(k)
			default:
				known[p.ID] = p
			}
		}
	}
}
