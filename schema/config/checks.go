package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/provider"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// This file checks blocks against each other.

// at is where an attribute of a block stands.
func (ev *evaluator) at(address addr.Address, attribute string) hcl.Range {
	at, _ := ev.src.Locate(address, attribute)
	return at
}

// place names the place of a block in a sentence.
func (ev *evaluator) place(address addr.Address) string { return words.Place(ev.at(address, "")) }

// checkScopes reports two scopes that are one and the same folder or file.
func (ev *evaluator) checkScopes() {
	ids, paths := map[int64]schema.Scope{}, map[string]schema.Scope{}
	for _, s := range ev.declared.Scopes {
		if first, twice := ids[s.ID]; twice && s.ID != 0 {
			ev.sameScope(s, first, "id", fmt.Sprintf("the id %d", s.ID))
			continue
		}
		ids[s.ID] = s
		if s.Path == "" {
			continue
		}
		if first, twice := paths[s.Path]; twice {
			ev.sameScope(s, first, "path", fmt.Sprintf("the path %q", s.Path))
			continue
		}
		paths[s.Path] = s
	}
}

func (ev *evaluator) sameScope(s, first schema.Scope, attribute, what string) {
	ev.reportOn(s.Address, diagnostic.Error(ev.at(s.Address, attribute), "Same scope twice",
		"%s and %s (%s) both have %s. Remove one of the two, and let the templates refer to the other.",
		s.Address, first.Address, ev.place(first.Address), what))
}

// checkApprovers reports two approvers that are the same user, and warns of two that share a username: one of them
// seems to have the id of another user.
func (ev *evaluator) checkApprovers() {
	ids, names := map[int64]schema.Approver{}, map[string]schema.Approver{}
	for _, a := range ev.declared.Approvers {
		name := spelling.Form(a.Person.Username)
		sameID, twice := ids[a.Person.ID]
		sameName, known := names[name]
		switch {
		case a.Person.ID == 0: // it is wrong already
			continue
		case twice:
			ev.ReportAt(a.Address, ev.at(a.Address, "id"), "Same approver twice", "%s and %s (%s) both have the "+
				"id %d. Remove one of the two, and use the other in the steps.", a.Address, sameID.Address,
				ev.place(sameID.Address), a.Person.ID)
			continue
		case known && name != "":
			ev.WarnAt(a.Address, ev.at(a.Address, "username"), "Same username twice", "%s has the id %d and %s "+
				"(%s) the id %d, and both have the username %s, which is one user's. Write the right id, and remove "+
				"one of the two; or the right username.", a.Address,
				a.Person.ID, sameName.Address, ev.place(sameName.Address), sameName.Person.ID, spelling.Quote(name))
		default:
			names[name] = a
		}
		ids[a.Person.ID] = a
	}
}

// checkTitles reports two templates of one title in one scope: people could not tell them apart.
func (ev *evaluator) checkTitles() {
	type key struct {
		scope addr.Address
		title string
	}
	templates := ev.declared.Templates
	seen, looks := make(map[key]int, len(templates)), make(map[key]int, len(templates))
	for i, d := range templates {
		// The drive's pages show any run of blanks as one.
		k := key{d.Scope, strings.Join(strings.Fields(d.Template.Title), " ")}
		if k.scope.IsZero() || k.title == "" {
			continue
		}
		at, twice := seen[k]
		if !twice {
			seen[k] = i
			look := key{d.Scope, spelling.Look(d.Template.Title)}
			if alike, taken := looks[look]; taken {
				ev.alike(d, templates[alike])
			} else {
				looks[look] = i
			}
			continue
		}
		first := templates[at]
		what := fmt.Sprintf("have the title %q", d.Template.Title)
		if d.Template.Title != first.Template.Title {
			what = fmt.Sprintf("have titles that differ only in blanks, %q and %q,", d.Template.Title,
				first.Template.Title)
		}
		ev.reportOn(d.Address, diagnostic.Error(ev.titleAt(d), "Same title twice in one scope",
			"%s and %s (%s) %s in %s, and people could not tell them apart. Give one of the two another title.",
			d.Address, first.Address, words.Place(ev.titleAt(first)), what, d.Scope))
	}
}

// alike warns of two titles in one scope that differ in nothing that anybody sees.
func (ev *evaluator) alike(d, first schema.Declared) {
	one, other := spelling.Unlike(first.Template.Title, d.Template.Title)
	ev.reportOn(d.Address, diagnostic.Warning(ev.titleAt(d), "Titles that look the same",
		"In %s, %s has the title %s and %s (%s) the title %s. They are two, and to those who raise approvals they "+
			"look the same. Give one of the two another title.",
		d.Scope, d.Address, other, first.Address, words.Place(ev.titleAt(first)), one))
}

// titleAt is where the title stands.
func (ev *evaluator) titleAt(d schema.Declared) hcl.Range { return ev.at(d.Address, schema.AttrTitle) }

// checkAttachments checks the attachments against the providers and the state.
func (ev *evaluator) checkAttachments(ps provider.Blocks, c *Config) {
	for _, a := range ev.src.document.attachments {
		if a.DingTalk != nil && !ps.HasDingTalk() {
			ev.reportOn(a.Address, diagnostic.Error(a.DingTalk.At, "No provider for DingTalk",
				"%s is staged in DingTalk, and no block says how to reach it. Add one: provider \"dingtalk\" "+
					"{ agent_id = … }, with %s and %s in the environment, or endpoint = \"sandbox:\" to try it.",
				a.Address, provider.DingTalkKeyEnv, provider.DingTalkSecretEnv))
		}
		if a.Contract != nil && !ps.HasESign() {
			ev.reportOn(a.Address, diagnostic.Error(a.Contract.At, "No provider for e-sign contracts",
				"%s is made of signed contracts, and no block says where to fetch them. Add one: "+
					"provider \"tencentess\" { app_id = …, organization = …, operator = … }, a line for each, "+
					"with %s and %s in the environment, or endpoint = \"sandbox:\" to try it.",
				a.Address, provider.ESignIDEnv, provider.ESignKeyEnv))
		}
	}
	ev.attachments.CheckOwnFiles(c.State.Path)
}
