package view

import (
	"encoding/json"
	"fmt"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

// What tools that group by provider are told; dingtalkProvider of attachments that are staged there alone.
const (
	providerName     = "yomicloud"
	dingtalkProvider = "dingtalk"
)

// planVersion is the version of the form of plans and failures: docs/commands.md says what its numbers promise. Who
// adds a key raises the minor number, here and in docs/forms.
const planVersion = "1.3"

// jsonPlan is the document of `terraform show -json` for a plan, and below it what only Countersign has. There is no
// clock in it: the same plan is the same bytes.
type jsonPlan struct {
	FormatVersion   string                      `json:"format_version"`
	ResourceChanges []jsonChange                `json:"resource_changes"`
	ResourceDrift   []jsonChange                `json:"resource_drift"`
	OutputChanges   map[string]jsonOutputChange `json:"output_changes"`
	Checks          []struct{}                  `json:"checks"`
	Applyable       bool                        `json:"applyable"`
	Complete        bool                        `json:"complete"`
	Errored         bool                        `json:"errored"`

	Mode        reconcile.Mode     `json:"mode"`
	Summary     jsonCounts         `json:"summary"`
	Targets     []string           `json:"targets"`
	Unmanaged   []any              `json:"unmanaged"` // jsonFound or jsonUnreadable
	HeldBack    []jsonChange       `json:"held_back"`
	Refused     []jsonChange       `json:"refused"`
	Diagnostics schema.Diagnostics `json:"diagnostics"`
}

type jsonCounts struct {
	Import  int `json:"import"`
	Add     int `json:"add"`
	Change  int `json:"change"`
	Destroy int `json:"destroy"`
	Forget  int `json:"forget"`
}

type jsonChange struct {
	Address       addr.Address    `json:"address"`
	ModuleAddress string          `json:"module_address,omitempty"`
	Mode          string          `json:"mode"`
	Type          string          `json:"type"`
	Name          string          `json:"name"`
	Index         json.RawMessage `json:"index,omitempty"`
	ProviderName  string          `json:"provider_name"`
	Deposed       string          `json:"deposed,omitempty"`
	Change        jsonDelta       `json:"change"`
	ActionReason  string          `json:"action_reason,omitempty"`

	Unmanaged bool       `json:"unmanaged,omitempty"` // removed because its scope is wholly owned; address is unmanaged.template["TID"]
	Edited    *jsonEdit  `json:"edited,omitempty"`
	Steps     []jsonPair `json:"steps,omitempty"` // which step became which

	InterimTitle string            `json:"interim_title,omitempty"` // the template's title until the one that gets its title has it
	Holder       *reconcile.Holder `json:"holder,omitempty"`        // of a refused one: what has the title

	Staging *jsonStaging `json:"staging,omitempty"` // of an attachment: what is done about it

	Undone *bool             `json:"undone,omitempty"` // of drift: by this plan, in part at least
	Stays  *[]reconcile.Stay `json:"stays,omitempty"`  // of drift: what of it this plan leaves, and why
}

type jsonDelta struct {
	Actions         []string       `json:"actions"`
	Before          any            `json:"before"` // *jsonTemplate or *jsonAttachment, or null
	After           any            `json:"after"`
	AfterUnknown    any            `json:"after_unknown"`
	BeforeSensitive any            `json:"before_sensitive"`
	AfterSensitive  any            `json:"after_sensitive"`
	ReplacePaths    [][]string     `json:"replace_paths,omitempty"`
	Importing       *jsonImporting `json:"importing,omitempty"`
}

type jsonImporting struct {
	ID string `json:"id"`
}

// jsonPair is one line of an aligned comparison of steps: places count from 0, null where the step is not there.
type jsonPair struct {
	From    *int   `json:"from"`
	To      *int   `json:"to"`
	Name    string `json:"name"`
	Moved   bool   `json:"moved"`
	Changed bool   `json:"changed"` // another name, other people or another rule
}

type jsonFound struct {
	jsonTemplate
	Edited *jsonEdit `json:"edited,omitempty"`
}

// jsonUnreadable is a live template that this program cannot read: no word about what it says.
type jsonUnreadable struct {
	ID         int64     `json:"id"`
	Scope      jsonScope `json:"scope"`
	Title      string    `json:"title"`
	Unreadable string    `json:"unreadable"`
	Edited     *jsonEdit `json:"edited,omitempty"`
}

type jsonOutputChange struct {
	Actions         []string `json:"actions"`
	Before          any      `json:"before"`
	After           any      `json:"after"`
	AfterUnknown    bool     `json:"after_unknown"`
	BeforeSensitive bool     `json:"before_sensitive"`
	AfterSensitive  bool     `json:"after_sensitive"`
}

// PlanJSON is the plan under the key names of `terraform show -json`: resource_changes has every template, then every
// attachment, unchanged ones as no-op; values of sensitive outputs are null. Besides those names there are mode,
// summary, targets, unmanaged, held_back, refused, diagnostics, and in a change edited, steps, unmanaged and staging.
// It is one line, without a newline at its end.
func PlanJSON(p *reconcile.Plan) ([]byte, error) {
	l := planNaming(p)
	doc := jsonPlan{
		FormatVersion:   planVersion,
		ResourceChanges: append(l.jsonChanges(p.Changes), jsonAttachments(p.Attachments)...),
		ResourceDrift:   make([]jsonChange, len(p.Drift)),
		OutputChanges:   make(map[string]jsonOutputChange, len(p.Outputs)),
		Checks:          []struct{}{},
		Applyable:       applicable(p),
		Complete:        len(p.Targets) == 0 && len(p.HeldBack) == 0 && len(p.Refused) == 0,
		Mode:            p.Mode,
		Summary:         jsonCounts(p.Counts()),
		Targets:         append([]string{}, p.Targets...),
		Unmanaged:       make([]any, len(p.Unmanaged)),
		HeldBack:        l.jsonChanges(p.HeldBack),
		Refused:         l.jsonChanges(p.Refused),
		Diagnostics:     jsonDiagnostics(p.Warnings),
	}
	for i := range p.Drift {
		doc.ResourceDrift[i] = l.jsonDrift(&p.Drift[i])
	}
	for i, f := range p.Unmanaged {
		doc.Unmanaged[i] = l.jsonFound(f)
	}
	for _, o := range p.Outputs {
		doc.OutputChanges[o.Name] = jsonOutput(o)
	}
	return compact(doc)
}

func (l *naming) jsonFound(f reconcile.Found) any {
	if f.Unreadable != "" {
		return jsonUnreadable{f.ID, jsonScope(f.Place), f.Live.Title, f.Unreadable, l.jsonEdit(f.Edited)}
	}
	return jsonFound{*l.template(&f.Live, f.ID, f.Place), l.jsonEdit(f.Edited)}
}

// applicable reports whether an apply of the plan would do anything.
func applicable(p *reconcile.Plan) bool {
	return p.Counts() != (reconcile.Counts{}) || len(p.Outputs) > 0 ||
		p.Mode == reconcile.RefreshOnly && len(p.Drift) > 0
}

func (l *naming) jsonChanges(list []reconcile.Change) []jsonChange {
	out := make([]jsonChange, len(list))
	for i := range list {
		out[i] = l.jsonChange(&list[i])
	}
	return out
}

func (l *naming) jsonChange(c *reconcile.Change) jsonChange {
	out := jsonHead(address(c))
	out.Unmanaged, out.Edited, out.Steps = c.Reason == reconcile.Unowned, l.jsonEdit(c.Edited), jsonSteps(c.Steps)
	out.InterimTitle, out.Holder = c.Interim, c.Holder
	d := jsonDelta{AfterUnknown: none{}, BeforeSensitive: none{}, AfterSensitive: none{}}
	if c.Importing {
		d.Importing = &jsonImporting{fmt.Sprint(c.ID)}
	}
	unknown := map[string]bool{"id": true}
	switch c.Action {
	case reconcile.Create:
		d.Actions, d.After, d.AfterUnknown, d.BeforeSensitive = []string{"create"}, l.template(c.After, 0,
			c.Place), unknown, false
	case reconcile.Update:
		d.Actions, d.Before, d.After = []string{"update"}, l.template(c.Before, c.ID, c.Place), l.template(c.After,
			c.ID, c.Place)
	case reconcile.Replace:
		old := c.Place
		if c.OldPlace != nil {
			old = *c.OldPlace
		}
		d.Actions, d.Before, d.After = []string{"create", "delete"}, l.template(c.Before, c.ID,
			old), l.template(c.After, 0, c.Place)
		d.AfterUnknown, d.ReplacePaths = unknown, [][]string{{"scope"}}
		out.ActionReason = "replace_because_cannot_update"
	case reconcile.Remove:
		d.Actions, d.Before, d.AfterSensitive = []string{"delete"}, l.template(c.Before, c.ID, c.Place), false
		out.ActionReason = removalReason(c.Reason)
		if c.Deposed {
			out.Deposed = fmt.Sprint(c.ID)
		}
	case reconcile.Forget:
		d.Actions, d.Before, d.AfterSensitive = []string{"forget"}, l.template(c.Before, c.ID, c.Place), false
	default: // before and after are the same one
		d.Actions, d.Before = []string{"no-op"}, l.template(c.Before, c.ID, c.Place)
		d.After = d.Before
	}
	out.Change = d
	return out
}

// none is {}: nothing in the object is unknown, or sensitive.
type none struct{}

// removalReason is Terraform's name for why something is destroyed; "" where Terraform has none.
func removalReason(r reconcile.Reason) string {
	switch r {
	case reconcile.Undeclared:
		return "delete_because_no_resource_config"
	case reconcile.KeyGone:
		return "delete_because_each_key"
	}
	return ""
}

func jsonHead(a addr.Address) jsonChange {
	return jsonChange{Address: a, ModuleAddress: a.Module, Mode: "managed", Type: typeOf(a), Name: a.Name,
		Index: jsonIndex(a.Key), ProviderName: providerName}
}

func jsonSteps(aligned []reconcile.StepChange) []jsonPair {
	out := make([]jsonPair, 0, len(aligned))
	for _, s := range aligned {
		pair := jsonPair{Moved: s.Moved}
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

func (l *naming) jsonDrift(d *reconcile.Drift) jsonChange {
	out := jsonHead(d.Address)
	out.Edited, out.Steps = l.jsonEdit(d.Edited), jsonSteps(d.Steps)
	stays := full(d.Stays)
	out.Undone, out.Stays = &d.Undone, &stays
	out.Change = jsonDelta{Actions: []string{"update"}, Before: l.template(d.Recorded, d.ID, d.Place),
		After:        l.template(d.Live, d.ID, d.Place),
		AfterUnknown: none{}, BeforeSensitive: none{}, AfterSensitive: none{}}
	if d.Live == nil {
		out.Change.Actions, out.Change.AfterSensitive = []string{"delete"}, false
	}
	return out
}

func jsonOutput(o reconcile.OutputChange) jsonOutputChange {
	action := string(o.Action)
	if o.Action == reconcile.NoOp {
		action = "no-op"
	}
	out := jsonOutputChange{Actions: []string{action}, Before: o.Before, After: o.After, AfterUnknown: o.Unknown,
		BeforeSensitive: o.Sensitive, AfterSensitive: o.Sensitive}
	if o.Sensitive {
		out.Before, out.After = nil, nil
	}
	return out
}
