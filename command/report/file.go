package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/run"
	"countersign/command/sidefile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/ci"
	"countersign/view/html"
	"countersign/view/markdown"
)

// Kinds are the kinds of -report.
var Kinds = []string{"markdown", "html", "gitlab", "github", "sarif"}

// reportFile is one -report KIND=FILE.
type reportFile struct {
	kind, path string
	to         io.Writer
	file       *sidefile.File // nil: standard output
}

// Files is a command's report with those of -report beside it: they tell of a plan or of drift, or of why there is
// none.
type Files struct {
	*Report
	about view.Subject
	files []reportFile
}

// NewFiles is New, and opens the files of -json-into and -report, so that one that cannot be written is told before any work.
func NewFiles(about view.Subject, noColor, json bool, into string, flags []string) (*Files, error) {
	r := &Files{Report: New(noColor, json), about: about}
	if err := r.Open(into); err != nil {
		return nil, err
	}
	var wrong fault.Diagnostics
	for _, flag := range flags {
		f, err := r.openReport(flag)
		if err != nil {
			wrong = append(wrong, schema.Diagnostic{Severity: schema.Error, Summary: "The report -report=" + flag +
				" cannot be written", Detail: err.Error() + ". Nothing was done."})
			continue
		}
		r.files = append(r.files, f)
	}
	if len(wrong) > 0 {
		for _, f := range r.files { // nothing was done, to these either
			if f.file != nil {
				f.file.Spare()
			}
		}
		return nil, errors.Join(r.Report.Fail(wrong), r.Close())
	}
	return r, nil
}

// openReport opens the file of one flag.
func (r *Files) openReport(flag string) (reportFile, error) {
	kind, path, named := strings.Cut(flag, "=")
	f := reportFile{kind: kind, path: path}
	switch {
	case !slices.Contains(Kinds, kind):
		return f, fmt.Errorf("there is no report %q.%s Write KIND=FILE, where KIND is %s", kind,
			cmdline.Suggest(kind, Kinds), strings.Join(Kinds, ", "))
	case kind == "github" && !named && r.JSON:
		return f, errors.New(
			"annotations go to standard output, which holds JSON alone with -json: write -report=github=FILE, or " +
				"-json-into=FILE for the JSON",
		)
	case kind == "github" && !named:
		f.to = r.Out
		return f, nil
	case path == "":
		return f, fmt.Errorf("the file is missing: write -report=%s=FILE", kind)
	}
	file, err := r.SideFiles.Open(
		"-report="+flag,
		path,
		0o644,
	) // for others to read: the pipeline's next step may be another user
	f.file, f.to = file, file
	return f, err
}

// Planned writes the reports of a plan, or of the drift in it.
func (r *Files) Planned(s *run.Loaded, p *plans.Plan) error {
	if len(r.files) == 0 {
		return nil
	}
	d := append(slices.Clone(p.Warnings), s.Source.Place(ci.Weakened(p))...)
	return r.write(InRepository(d), p, changedPlaces(s, p))
}

// Fail is report.fail, and writes the reports of a failure: GitLab's stays empty, which GitLab shows as one that
// failed.
func (r *Files) Fail(err error) error {
	var code fault.Exit
	if errors.As(err, &code) {
		return err
	}
	failed := r.Report.Fail(err)
	if err := r.write(InRepository(fault.Of(err)), nil, nil); err != nil {
		r.Warn(schema.Diagnostics{{Severity: schema.Warning, Summary: fault.Sentence(err.Error())}})
	}
	return failed
}

// write writes all reports; p is nil when there is no plan.
func (r *Files) write(d schema.Diagnostics, p *plans.Plan, places map[addr.Address]schema.Range) error {
	var errs []error
	for _, f := range r.files {
		doc, err := f.render(r.about, d, p, places)
		if err == nil {
			_, err = f.to.Write(doc)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("write -report=%s=%s: %w", f.kind, f.path, err))
		}
	}
	return errors.Join(errs...)
}

// render is what one kind of report says; p is nil when there is no plan.
func (f reportFile) render(about view.Subject, d schema.Diagnostics, p *plans.Plan,
	places map[addr.Address]schema.Range) ([]byte, error) {
	drift := about == view.OfDrift
	switch f.kind {
	case "markdown":
		switch {
		case p == nil:
			return []byte(markdown.Failure(about, d, 0)), nil
		case drift:
			return []byte(markdown.Drift(p, 0)), nil
		}
		return []byte(markdown.Plan(p, 0)), nil
	case "html":
		switch {
		case p == nil:
			return html.Failure(about, d)
		case drift:
			return html.Drift(p)
		}
		return html.Plan(p)
	case "gitlab":
		switch {
		case p == nil:
			return nil, nil
		case drift:
			return endLine(ci.GitLabDrift(p))
		}
		return endLine(ci.GitLabReport(p))
	case "github":
		return []byte(ci.GitHubAnnotations(d, p, places)), nil
	case "sarif":
		if drift && p != nil {
			d = append(ci.DriftFindings(p, places), d...)
		}
		return endLine(ci.SARIF(d, run.VersionString()))
	}
	panic("no such report: " + f.kind) // openReport has refused it
}

// endLine ends a document as files end.
func endLine(doc []byte, err error) ([]byte, error) { return append(doc, '\n'), err }

// Close ends all files.
func (r *Files) Close() error {
	errs := []error{r.Report.Close()}
	for _, f := range r.files {
		if f.file == nil {
			continue
		}
		if err := f.file.Close(); err != nil {
			errs = append(errs, fmt.Errorf("write -report=%s=%s: %w", f.kind, f.path, err))
		}
	}
	return errors.Join(errs...)
}

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

// InRepository names files as the pipeline's host does: by their path in the repository, where it says what that is.
func InRepository(d schema.Diagnostics) schema.Diagnostics {
	root := os.Getenv("GITHUB_WORKSPACE")
	if root == "" {
		root = os.Getenv("CI_PROJECT_DIR") // GitLab's
	}
	if root == "" {
		return d
	}
	named := slices.Clone(d)
	for i, x := range named {
		named[i].Range = inRepository(root, x.Range)
		if x.Rule != nil {
			named[i].Rule = &schema.Rule{Range: inRepository(root, x.Rule.Range), Snippet: x.Rule.Snippet}
		}
	}
	return named
}

// inRepository is a range with its file's path from the root; as it is where the file is elsewhere.
func inRepository(root string, r *schema.Range) *schema.Range {
	if r == nil {
		return nil
	}
	path, err := filepath.Abs(r.Filename)
	if err == nil {
		path, err = filepath.Rel(root, path)
	}
	if err != nil || !filepath.IsLocal(path) {
		return r
	}
	at := *r
	at.Filename = filepath.ToSlash(path)
	return &at
}
