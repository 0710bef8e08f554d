package report

import (
	"slices"

	"countersign/command/fault"
	"countersign/command/run"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/ci"
	"countersign/view/html"
	"countersign/view/markdown"
)

// PlanKinds are the kinds of -report of plan and drift.
var PlanKinds = []string{"markdown", "html", "gitlab", "github", "sarif"}

// OpenForPlan opens the files of -json-into and -report of plan or drift. They say what the plan says, or why there is
// none.
func (r *Report) OpenForPlan(subject view.Subject, into string, flags []string) error {
	if err := r.Open(into); err != nil {
		return err
	}
	if err := r.OpenFiles(flags, PlanKinds...); err != nil {
		return err
	}
	r.subject = subject
	r.OnFailure(func(d schema.Diagnostics) error {
		return r.writePlanFiles(planReport{subject: subject, found: InRepository(d)})
	})
	return nil
}

// WritePlanFiles writes the reports of a plan, or of the drift in it.
func (r *Report) WritePlanFiles(s *run.Loaded, p *plans.Plan) error {
	if len(r.files) == 0 {
		return nil
	}
	found := append(slices.Clone(p.Warnings), s.Source.Place(ci.Weakened(p))...)
	return r.writePlanFiles(planReport{r.subject, InRepository(found), p, changedPlaces(s, p)})
}

func (r *Report) writePlanFiles(p planReport) error { return r.WriteFiles(p.render) }

// planReport is what the reports of plan or drift say.
type planReport struct {
	subject view.Subject
	found   schema.Diagnostics
	plan    *plans.Plan // nil where there is none
	places  map[addr.Address]schema.Range
}

// render is the report of one kind. GitLab's stays empty where there is no plan: GitLab shows that as a failure.
func (p planReport) render(kind string) ([]byte, error) {
	drift := p.subject == view.OfDrift
	switch kind {
	case "markdown":
		switch {
		case p.plan == nil:
			return []byte(markdown.Failure(p.subject, p.found, 0)), nil
		case drift:
			return []byte(markdown.Drift(p.plan, 0)), nil
		}
		return []byte(markdown.Plan(p.plan, 0)), nil
	case "html":
		switch {
		case p.plan == nil:
			return html.Failure(p.subject, p.found)
		case drift:
			return html.Drift(p.plan)
		}
		return html.Plan(p.plan)
	case "gitlab":
		switch {
		case p.plan == nil:
			return nil, nil
		case drift:
			return endLine(ci.GitLabDrift(p.plan))
		}
		return endLine(ci.GitLabReport(p.plan))
	case "github":
		return []byte(ci.GitHubAnnotations(p.found, p.plan, p.places)), nil
	case "sarif":
		found := p.found
		if drift && p.plan != nil {
			found = append(ci.DriftFindings(p.plan, p.places), found...)
		}
		return endLine(ci.SARIF(found, run.VersionString()))
	}
	panic("no such report: " + kind) // OpenFiles has refused it
}

// endLine ends a document as files end.
func endLine(doc []byte, err error) ([]byte, error) { return append(doc, '\n'), err }

// changedPlaces are where the blocks stand of all that a plan changes or has found changed, by address.
func changedPlaces(s *run.Loaded, p *plans.Plan) map[addr.Address]schema.Range {
	var about schema.Diagnostics
	for _, c := range p.Changes {
		if c.Action != plans.NoOp || c.Importing {
			about = append(about, schema.Diagnostic{Address: c.Address})
		}
	}
	for _, c := range p.Attachments {
		if c.Action != plans.NoOp {
			about = append(about, schema.Diagnostic{Address: c.Address})
		}
	}
	for _, d := range p.Drift {
		about = append(about, schema.Diagnostic{Address: d.Address})
	}
	for _, f := range p.Unmanaged {
		about = append(about, schema.Diagnostic{Address: f.Place.Address})
	}
	places := make(map[addr.Address]schema.Range, len(about))
	for _, d := range InRepository(s.Source.Place(about)) {
		if d.Range != nil {
			places[d.Address] = *d.Range
		}
	}
	return places
}

// RefusedByPolicy is the error of a plan that a policy refuses, nil where none does. The plan has been shown, and says
// why.
func (r *Report) RefusedByPolicy(p *plans.Plan) error {
	err := run.Refused(p)
	if err == nil {
		return nil
	}
	r.Note(fault.Of(err))
	return fault.Exit(fault.ExitError)
}
