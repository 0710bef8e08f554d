// Package json writes plans, states, results, diagnostics, approvals and explanations for programs: documents, and
// lines while something is done. docs/forms describes them; a new key goes there too.
package json

import (
	"encoding/json"
	"fmt"
	"slices"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

// The providers that tools group by; dingtalkProvider is that of attachments that are staged only there.
const (
	providerName     = "yomicloud"
	dingtalkProvider = "dingtalk"
)

// planVersion is the version of plans and failures: docs/commands.md says what its numbers promise. A new key raises
// the minor number, here and in docs/forms.
const planVersion = "1.5"

// planDocument is the document of `terraform show -json` for a plan, then what only Countersign has. It has no time in
// it: the same plan is the same bytes.
type planDocument struct {
	FormatVersion   string                  `json:"format_version"`
	ResourceChanges []changeEntry           `json:"resource_changes"`
	ResourceDrift   []changeEntry           `json:"resource_drift"`
	OutputChanges   map[string]outputChange `json:"output_changes"`
	Checks          []check                 `json:"checks"`
	Applyable       bool                    `json:"applyable"`
	Complete        bool                    `json:"complete"`
	Errored         bool                    `json:"errored"`

	Mode        plans.Mode         `json:"mode"`
	Summary     counts             `json:"summary"`
	Targets     []string           `json:"targets"`
	Unmanaged   []any              `json:"unmanaged"` // foundOf or unreadable
	HeldBack    []changeEntry      `json:"held_back"`
	Refused     []changeEntry      `json:"refused"`
	Diagnostics schema.Diagnostics `json:"diagnostics"`
}

type counts struct {
	Import  int `json:"import"`
	Add     int `json:"add"`
	Change  int `json:"change"`
	Destroy int `json:"destroy"`
	Forget  int `json:"forget"`
}

// head is which template or attachment an entry is about, as Terraform has it.
type head struct {
	Address       addr.Address    `json:"address"`
	ModuleAddress string          `json:"module_address,omitempty"`
	Mode          string          `json:"mode"`
	Type          string          `json:"type"`
	Name          string          `json:"name"`
	Index         json.RawMessage `json:"index,omitempty"`
	ProviderName  string          `json:"provider_name"`
}

func headOf(a addr.Address) head {
	return head{Address: a, ModuleAddress: a.Module, Mode: "managed", Type: typeOf(a), Name: a.Name,
		Index: indexOf(a.Key), ProviderName: providerName}
}

type changeEntry struct {
	head
	Deposed      string `json:"deposed,omitempty"`
	Change       delta  `json:"change"`
	ActionReason string `json:"action_reason,omitempty"`

	Unmanaged bool       `json:"unmanaged,omitempty"` // its scope is wholly owned; address is unmanaged.template["TID"]
	Edited    *edit      `json:"edited,omitempty"`
	Steps     []stepPair `json:"steps,omitempty"` // which step became which

	InterimTitle string        `json:"interim_title,omitempty"` // the template's title until another gets its own one
	Holder       *plans.Holder `json:"holder,omitempty"`        // of a refused change: what has the title

	// Of a template: what it means for who can pass it, and whose right to see files changes.
	Verdict      *verdict       `json:"verdict,omitempty"`
	Access       []accessChange `json:"access_changes,omitempty"`
	SelfApproval *selfApproval  `json:"self_approval,omitempty"`

	InFlight *inFlight     `json:"in_flight,omitempty"` // open approvals of a template; absent where nobody has looked
	Staging  *staging      `json:"staging,omitempty"`   // of an attachment: what is done with it
	Undone   *bool         `json:"undone,omitempty"`    // of drift: by this plan, in part at least
	Stays    *[]plans.Stay `json:"stays,omitempty"`     // of drift: what of it this plan leaves, and why
}

type delta struct {
	Actions         []string   `json:"actions"`
	Before          any        `json:"before"` // *template or *attachment, or null
	After           any        `json:"after"`
	AfterUnknown    any        `json:"after_unknown"`
	BeforeSensitive any        `json:"before_sensitive"`
	AfterSensitive  any        `json:"after_sensitive"`
	ReplacePaths    [][]string `json:"replace_paths,omitempty"`
	Importing       *importing `json:"importing,omitempty"`
}

// verdict compares who can pass a template after a change with who could before: policy.Verdict in ids.
type verdict struct {
	Result policy.Result `json:"result"`
	Opens  []int64       `json:"opens"`
	Closes []int64       `json:"closes"`
}

// accessChange is a person who gains or loses a right to see the files that approvals are about.
type accessChange struct {
	User   int64         `json:"user"`
	As     string        `json:"as"` // approver or cc
	Before schema.Access `json:"before"`
	After  schema.Access `json:"after"`
}

// selfApproval is who could pass alone what they raise themselves.
type selfApproval struct {
	Before []int64 `json:"before"`
	After  []int64 `json:"after"`
}

func verdictOf(v view.Verdict) *verdict { return &verdict{v.Result, v.Opens, v.Closes} }

// inFlight is the open approvals that were raised from a template.
type inFlight struct {
	Open       int      `json:"open"`
	Since      *int64   `json:"since"` // Unix seconds; null where there is none, or the drive does not say
	RaisedBy   []raiser `json:"raised_by"`
	KeepsRules *bool    `json:"keeps_rules"` // null: not documented
}

type raiser struct {
	User  *int64 `json:"user"`
	Open  int    `json:"open"`
	Since *int64 `json:"since"`
}

func inFlightOf(c *plans.Change) *inFlight {
	f := c.InFlight
	if f == nil {
		return nil
	}
	out := &inFlight{Open: f.Open, Since: known(f.Since), RaisedBy: []raiser{}}
	for _, by := range f.By {
		out.RaisedBy = append(out.RaisedBy, raiser{known(by.Who.ID), by.Open, known(by.Since)})
	}
	if keeps := true; c.KeepsRules() {
		out.KeepsRules = &keeps
	}
	return out
}

// known is a number, or null for 0, which says that it is not known.
func known(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// addVerdict says what a change means.
func (e *changeEntry) addVerdict(v view.Verdict) {
	e.Verdict = verdictOf(v)
	for _, a := range v.Access() {
		as := "approver"
		if a.CC {
			as = "cc"
		}
		e.Access = append(e.Access, accessChange{a.Who, as, a.Before, a.After})
	}
	if before, after := v.SelfApproval(); len(before)+len(after) > 0 {
		e.SelfApproval = &selfApproval{full(before), full(after)}
	}
}

type importing struct {
	ID string `json:"id"`
}

// stepPair is one line of an aligned comparison of steps. Places count from 0; null where the step does not exist.
type stepPair struct {
	From    *int   `json:"from"`
	To      *int   `json:"to"`
	Name    string `json:"name"`
	Moved   bool   `json:"moved"`
	Changed bool   `json:"changed"` // another name, other people or another rule
}

type foundTemplate struct {
	template
	Edited *edit `json:"edited,omitempty"`
}

// unreadable is a live template that this program cannot read, so there is nothing about what it says.
type unreadable struct {
	ID         int64       `json:"id"`
	Scope      plans.Place `json:"scope"`
	Title      string      `json:"title"`
	Unreadable string      `json:"unreadable"`
	Edited     *edit       `json:"edited,omitempty"`
}

type outputChange struct {
	Actions         []string `json:"actions"`
	Before          any      `json:"before"`
	After           any      `json:"after"`
	AfterUnknown    bool     `json:"after_unknown"`
	BeforeSensitive bool     `json:"before_sensitive"`
	AfterSensitive  bool     `json:"after_sensitive"`
}

// Plan is the plan under the key names of `terraform show -json`: resource_changes has every template, then every
// attachment, unchanged ones as no-op; values of sensitive outputs are null. It is one line, without a newline at its
// end.
func Plan(p *plans.Plan) ([]byte, error) {
	l := view.NamesOf(p)
	doc := planDocument{
		FormatVersion:   planVersion,
		ResourceChanges: append(changesOf(l, p.Changes), attachmentsOf(p.Attachments)...),
		ResourceDrift:   make([]changeEntry, len(p.Drift)),
		OutputChanges:   make(map[string]outputChange, len(p.Outputs)),
		Checks:          checksOf(p.Checks),
		Applyable:       applicable(p),
		Complete:        len(p.Targets) == 0 && len(p.HeldBack) == 0 && len(p.Refused) == 0,
		Mode:            p.Mode,
		Summary:         counts(p.Counts()),
		Targets:         full(p.Targets),
		Unmanaged:       make([]any, len(p.Unmanaged)),
		HeldBack:        changesOf(l, p.HeldBack),
		Refused:         changesOf(l, p.Refused),
		Diagnostics:     diagnosticsOf(p.Warnings),
	}
	for i := range p.Drift {
		doc.ResourceDrift[i] = driftOf(l, &p.Drift[i])
	}
	for i, f := range p.Unmanaged {
		doc.Unmanaged[i] = foundOf(l, f)
	}
	for _, o := range p.Outputs {
		doc.OutputChanges[o.Name] = outputOf(o)
	}
	return view.CompactJSON(doc)
}

func foundOf(l *view.Names, f plans.Found) any {
	if f.Unreadable != "" {
		return unreadable{f.ID, f.Place, f.Live.Title, f.Unreadable, editOf(l, f.Edited)}
	}
	return foundTemplate{*templateOf(l, &f.Live, f.ID, f.Place), editOf(l, f.Edited)}
}

// applicable reports whether an apply of the plan would do anything.
func applicable(p *plans.Plan) bool {
	if slices.ContainsFunc(p.Checks, schema.Check.Refuses) {
		return false
	}
	return p.Counts() != (plans.Counts{}) || len(p.Outputs) > 0 ||
		p.Mode == plans.RefreshOnly && len(p.Drift) > 0
}

func changesOf(l *view.Names, list []plans.Change) []changeEntry {
	out := make([]changeEntry, len(list))
	for i := range list {
		out[i] = changeOf(l, &list[i])
	}
	return out
}

func changeOf(l *view.Names, c *plans.Change) changeEntry {
	out := changeEntry{head: headOf(view.Address(c)), Unmanaged: c.Reason == plans.Unowned, Edited: editOf(l, c.Edited),
		Steps: stepPairs(c.Steps), InterimTitle: c.Interim, Holder: c.Holder, InFlight: inFlightOf(c)}
	d := delta{Actions: []string{string(c.Action)}, AfterUnknown: none{}, BeforeSensitive: none{},
		AfterSensitive: none{}}
	if c.Importing {
		d.Importing = &importing{fmt.Sprint(c.ID)}
	}
	before := templateOf(l, c.Before, c.ID, view.PlaceNow(c))
	unknown := map[string]bool{"id": true}
	switch c.Action {
	case plans.Create:
		d.After, d.AfterUnknown, d.BeforeSensitive = templateOf(l, c.After, 0, c.Place), unknown, false
	case plans.Update:
		d.Before, d.After = before, templateOf(l, c.After, c.ID, c.Place)
	case plans.Replace:
		d.Actions, d.Before, d.After = []string{"create", "delete"}, before, templateOf(l, c.After, 0, c.Place)
		d.AfterUnknown, out.ActionReason = unknown, "replace_by_request"
		if c.Reason != plans.Asked {
			d.ReplacePaths, out.ActionReason = [][]string{{"scope"}}, "replace_because_cannot_update"
		}
	case plans.Remove:
		d.Before, d.AfterSensitive = before, false
		out.ActionReason = removalReason(c.Reason)
		if c.Deposed {
			out.Deposed = fmt.Sprint(c.ID)
		}
	case plans.Forget:
		d.Before, d.AfterSensitive = before, false
	default: // before and after are the same one
		d.Before, d.After = before, before
	}
	out.Change = d
	out.addVerdict(view.VerdictOf(c))
	return out
}

// none is {}: nothing in the object is unknown, or sensitive.
type none struct{}

// removalReason is Terraform's name for why something is destroyed; "" where Terraform has none.
func removalReason(r plans.Reason) string {
	switch r {
	case plans.Undeclared:
		return "delete_because_no_resource_config"
	case plans.KeyGone:
		return "delete_because_each_key"
	}
	return ""
}

func stepPairs(aligned []plans.StepChange) []stepPair {
	out := make([]stepPair, 0, len(aligned))
	for _, s := range aligned {
		pair := stepPair{Moved: s.Moved}
		if s.Before != nil {
			pair.From, pair.Name = &s.From, s.Before.Name
		}
		if s.After != nil {
			pair.To, pair.Name = &s.To, s.After.Name
		}
		pair.Changed = s.Before != nil && s.After != nil && !s.Before.Equal(*s.After)
		out = append(out, pair)
	}
	return out
}

func driftOf(l *view.Names, d *plans.Drift) changeEntry {
	stays := full(d.Stays)
	out := changeEntry{head: headOf(d.Address), Edited: editOf(l, d.Edited), Steps: stepPairs(d.Steps),
		Undone: &d.Undone, Stays: &stays}
	out.Change = delta{Actions: []string{"update"}, Before: templateOf(l, d.Recorded, d.ID, d.Place),
		After: templateOf(l, d.Live, d.ID, d.Place), AfterUnknown: none{}, BeforeSensitive: none{},
		AfterSensitive: none{}}
	out.addVerdict(view.VerdictOfDrift(d))
	if d.Live == nil {
		out.Change.Actions, out.Change.AfterSensitive = []string{"delete"}, false
	}
	return out
}

func outputOf(o plans.OutputChange) outputChange {
	out := outputChange{Actions: []string{string(o.Action)}, Before: o.Before, After: o.After, AfterUnknown: o.Unknown,
		BeforeSensitive: o.Sensitive, AfterSensitive: o.Sensitive}
	if o.Sensitive {
		out.Before, out.After = nil, nil
	}
	return out
}
