package view

import (
	"fmt"

	"countersign/schema"
	"countersign/schema/spelling"
)

// people are users by id, each under a label that no other has.
type people struct {
	known map[int64]schema.Person
	label map[int64]string // nil until somebody is called
}

func newPeople(known map[int64]schema.Person) *people {
	p := &people{known: make(map[int64]schema.Person, len(known))}
	for id, person := range known {
		person.ID = id
		p.Meet(person)
	}
	return p
}

// Meet adds a person; names that are known already stay.
func (p *people) Meet(person schema.Person) {
	have, ok := p.known[person.ID]
	if ok && have.Realname != "" && have.Username != "" {
		return
	}
	if have.Realname == "" {
		have.Realname = person.Realname
	}
	if have.Username == "" {
		have.Username = person.Username
	}
	have.ID = person.ID
	p.known[person.ID] = have
	p.label = nil
}

// MeetAll adds everybody whom a template names.
func (p *people) MeetAll(t *schema.Template) {
	if t == nil {
		return
	}
	for one := range t.Everybody() {
		p.Meet(one)
	}
}

// Known is what is known of a user.
func (p *people) Known(id int64) (schema.Person, bool) {
	person, ok := p.known[id]
	return person, ok
}

// Called is a person's realname, else the username, else "user 9". Where that would be the same for two, their
// usernames or ids follow it.
func (p *people) Called(person schema.Person) string {
	if _, ok := p.known[person.ID]; !ok {
		p.Meet(person)
	}
	if p.label == nil {
		p.label = labels(p.known)
	}
	return p.label[person.ID]
}

func labels(known map[int64]schema.Person) map[int64]string {
	out := make(map[int64]string, len(known))
	for id, p := range known {
		switch {
		case p.Realname != "":
			out[id] = Name(p.Realname)
		case p.Username != "":
			out[id] = Name(p.Username)
		default:
			out[id] = fmt.Sprintf("user %d", id)
		}
	}
	for _, more := range []func(schema.Person) string{
		func(p schema.Person) string {
			if p.Realname != "" && p.Username != "" {
				return " (" + Name(p.Username) + ")"
			}
			return ""
		},
		func(p schema.Person) string { return fmt.Sprintf(" (user %d)", p.ID) },
	} {
		called := make(map[string]int, len(out))
		for _, l := range out {
			called[spelling.Look(l)]++
		}
		for id, l := range out {
			if called[spelling.Look(l)] > 1 {
				out[id] = l + more(known[id])
			}
		}
	}
	return out
}
