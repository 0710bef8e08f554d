package json

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/view"
)

// Lines writes the JSON of apply, a line for each event, under the names of Terraform's machine-readable UI. Its
// methods may be called from several goroutines. The first write that fails ends the output.
type Lines struct {
	mu    sync.Mutex
	w     io.Writer
	err   error
	clock func() time.Time // for @timestamp
}

// NewLines writes to w; the first line is the version event.
func NewLines(w io.Writer, version string) *Lines { return newLines(w, version, time.Now) }

func newLines(w io.Writer, version string, clock func() time.Time) *Lines {
	l := &Lines{w: w, clock: clock}
	l.write("info", "Countersign "+version, "version", map[string]any{"countersign": version, "ui": "1.3"})
	return l
}

// write writes one line. Keys are sorted, so @level, @message, @module and @timestamp come first.
func (l *Lines) write(level, message, kind string, more map[string]any) {
	line := map[string]any{"@level": level, "@message": message, "@module": "countersign.ui", "type": kind}
	maps.Copy(line, more)
	l.mu.Lock()
	defer l.mu.Unlock()
	line["@timestamp"] = l.clock().Format("2006-01-02T15:04:05.000000Z07:00")
	doc, err := view.CompactJSON(line)
	if err == nil && l.err == nil {
		_, l.err = l.w.Write(append(doc, '\n'))
	}
}

// Err is the write that failed and ended the output, if any.
func (l *Lines) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// resource is what a line is about.
type resource struct {
	Addr            addr.Address    `json:"addr"`
	Module          string          `json:"module"`
	Resource        string          `json:"resource"`
	ImpliedProvider string          `json:"implied_provider"`
	ResourceType    string          `json:"resource_type"`
	ResourceName    string          `json:"resource_name"`
	ResourceKey     json.RawMessage `json:"resource_key"`
}

func resourceOf(a addr.Address) resource {
	r := resource{Addr: a, Module: a.Module, Resource: a.Local(), ImpliedProvider: providerName,
		ResourceType: typeOf(a), ResourceName: a.Name, ResourceKey: indexOf(a.Key)}
	if r.ResourceKey == nil {
		r.ResourceKey = json.RawMessage("null")
	}
	return r
}

func resourceOfAttachment(c *plans.AttachmentChange) resource {
	r := resourceOf(c.Address)
	r.ImpliedProvider = systemOf(c)
	return r
}

func resourceOfEvent(e plans.Event) resource {
	if e.Attachment != nil {
		return resourceOfAttachment(e.Attachment)
	}
	return resourceOf(view.Address(e.Change))
}

// lineAction is a planned change's action, and the word for it in the message.
func lineAction(action plans.Action, importing bool) (name, words string) {
	switch action {
	case plans.Forget:
		return "remove", "forget"
	case plans.NoOp:
		if importing {
			return "import", "import"
		}
		return "noop", "no-op"
	}
	return string(action), string(action)
}

// Plan writes resource_drift, planned_change and change_summary (operation plan), and the warnings.
func (l *Lines) Plan(p *plans.Plan) {
	for i := range p.Drift {
		d := &p.Drift[i]
		action := "update"
		if d.Live == nil {
			action = "delete"
		}
		l.write("info", fmt.Sprintf("%s: Drift detected (%s)", view.OneLine(d.Address.String()), action),
			"resource_drift", map[string]any{"change": map[string]any{"resource": resourceOf(d.Address),
				"action": action, "verdict": verdictOf(view.VerdictOfDrift(d))}})
	}
	l.changes(p)
	l.Diagnostics(p.Warnings)
	l.summary(view.PlanLine(p.Counts()), p.Counts(), "plan")
	if len(p.Outputs) > 0 {
		out := make(map[string]any, len(p.Outputs))
		for _, o := range p.Outputs {
			out[o.Name] = map[string]any{"sensitive": o.Sensitive, "action": string(o.Action)}
		}
		l.write("info", fmt.Sprintf("Outputs: %d", len(out)), "outputs", map[string]any{"outputs": out})
	}
}

// changes writes a planned_change for each template and attachment with which something would be done.
func (l *Lines) changes(p *plans.Plan) {
	planned := func(subject string, r resource, action plans.Action, imports bool, change map[string]any) {
		name, words := lineAction(action, imports)
		if name != "noop" {
			change["resource"], change["action"] = r, name
			l.write("info", subject+": Plan to "+words, "planned_change", map[string]any{"change": change})
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		change := map[string]any{"verdict": verdictOf(view.VerdictOf(c))}
		if c.Importing {
			change["importing"] = importing{fmt.Sprint(c.ID)}
		}
		reason := ""
		switch {
		case c.Action == plans.Remove:
			reason = removalReason(c.Reason)
		case c.Action == plans.Replace && c.Reason == plans.Asked:
			reason = "requested"
		case c.Action == plans.Replace:
			reason = "cannot_update"
		}
		if reason != "" {
			change["reason"] = reason
		}
		planned(view.SubjectOf(c), resourceOf(view.Address(c)), c.Action, c.Importing, change)
	}
	for i := range p.Attachments {
		c := &p.Attachments[i]
		change := map[string]any{}
		if reason := removalReason(c.Reason); reason != "" {
			change["reason"] = reason
		}
		planned(view.OneLine(c.Address.String()), resourceOfAttachment(c), c.Action, false, change)
	}
}

func (l *Lines) summary(message string, n plans.Counts, operation string) {
	l.write("info", message, "change_summary", map[string]any{"changes": map[string]any{"add": n.Add,
		"change": n.Change, "import": n.Import, "remove": n.Destroy, "forget": n.Forget, "operation": operation}})
}

// Event writes apply_start, apply_complete, apply_errored, and for a change that was not begun apply_not_tried. It
// writes nothing about reads and bytes.
func (l *Lines) Event(e plans.Event) {
	about, ok := view.EventVerbsOf(e)
	if !ok {
		return
	}
	hook := map[string]any{"resource": resourceOfEvent(e), "action": about.Action}
	identify := func() {
		if e.ID != 0 {
			hook["id_key"], hook["id_value"] = "id", fmt.Sprint(e.ID)
		}
	}
	message := view.Sentence(e)
	switch e.Kind {
	case plans.ApplyStart:
		if about.HasID {
			identify()
		}
		l.write("info", message, "apply_start", map[string]any{"hook": hook})
	case plans.ApplyComplete:
		identify()
		hook["elapsed_seconds"] = int(e.Elapsed.Round(time.Second).Seconds())
		l.write("info", message, "apply_complete", map[string]any{"hook": hook})
	case plans.ApplyErrored:
		hook["elapsed_seconds"] = int(e.Elapsed.Round(time.Second).Seconds())
		hook["error"] = view.Cause(e.Err)
		l.write("info", message, "apply_errored", map[string]any{"hook": hook})
	case plans.NotTried:
		hook["error"] = view.Cause(e.Err)
		l.write("info", about.Subject+": Not tried: "+view.Cause(e.Err), "apply_not_tried",
			map[string]any{"hook": hook})
	}
}

// Diagnostics writes a diagnostic line each.
func (l *Lines) Diagnostics(d schema.Diagnostics) {
	for _, x := range diagnosticsOf(d) {
		level, kind := "error", "Error: "
		if x.Severity == schema.Warning {
			level, kind = "warn", "Warning: "
		}
		l.write(level, kind+view.OneLine(x.Summary), "diagnostic", map[string]any{"diagnostic": x})
	}
}

// failure writes a diagnostic about a change that failed, or whose outcome is not known; findsOut is how it will be.
func (l *Lines) failure(address addr.Address, what string, err error, unknown bool, findsOut string) {
	d := schema.Diagnostic{Severity: schema.Error, Summary: what + " failed", Detail: view.Cause(err), Address: address}
	if unknown {
		d.Summary = what + view.MayHave
		d.Detail += "\n\n" + findsOut
	}
	l.Diagnostics(schema.Diagnostics{d})
}

// Result writes a diagnostic for each change that failed, change_summary (operation apply or destroy) and outputs.
func (l *Lines) Result(r *plans.Result, outputs map[string]state.Output, mode plans.Mode) {
	for i := range r.Failed {
		f := &r.Failed[i]
		l.failure(view.Address(&f.Change), view.SubjectOf(&f.Change)+": "+view.Attempt(f), f.Err, f.Unknown,
			view.FindsOut)
	}
	for _, d := range r.Spare() {
		l.Diagnostics(schema.Diagnostics{{Severity: schema.Error, Summary: view.SubjectOf(&d.Change) +
			": the drive has more than one such template", Address: view.Address(&d.Change),
			Detail: fmt.Sprintf("Bound: tid %d. %s", d.ID, d.SpareText())}})
	}
	for i := range r.Staged {
		if s := &r.Staged[i]; s.Err != nil && !s.NotTried {
			what := view.OneLine(s.Change.Address.String()) + ": " + view.StagingAttempt
			l.failure(s.Change.Address, what, s.Err, s.Unknown, view.FindsOutStaged)
		}
	}
	operation := "apply"
	if mode == plans.Destroy {
		operation = "destroy"
	}
	l.summary(view.ResultLine(r, mode), r.Counts(), operation)
	if len(outputs) == 0 {
		return
	}
	out := make(map[string]any, len(outputs))
	for name, o := range outputs {
		entry := map[string]any{"sensitive": o.Sensitive, "type": o.Type}
		if !o.Sensitive {
			entry["value"] = o.Value
		}
		out[name] = entry
	}
	l.write("info", fmt.Sprintf("Outputs: %d", len(out)), "outputs", map[string]any{"outputs": out})
}
