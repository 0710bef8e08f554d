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
	"countersign/command/sidefile"
	"countersign/schema"
)

// reportFile is one -report=KIND=FILE.
type reportFile struct {
	kind, flag string
	to         io.Writer
	file       *sidefile.File // nil: standard output
}

// OpenFiles opens the files of -report, of these kinds. What cannot be written is found out before any work, all at
// once.
func (r *Report) OpenFiles(flags []string, kinds ...string) error {
	var files []reportFile
	var wrong fault.Diagnostics
	for _, flag := range flags {
		f, err := r.openFile(flag, kinds)
		if err != nil {
			wrong = append(wrong, schema.Diagnostic{Severity: schema.Error, Summary: "The report -report=" + flag +
				" cannot be written", Detail: err.Error() + ". Nothing was done."})
			continue
		}
		files = append(files, f)
	}
	if len(wrong) > 0 {
		for _, f := range files {
			if f.file != nil {
				f.file.Spare()
			}
		}
		return wrong
	}
	r.files = files
	for _, f := range files {
		if f.file != nil {
			r.AtEnd(func() error { return failedFile(f.flag, f.file.Close()) })
		}
	}
	return nil
}

// openFile opens the file of one flag.
func (r *Report) openFile(flag string, kinds []string) (reportFile, error) {
	kind, path, named := strings.Cut(flag, "=")
	f := reportFile{kind: kind, flag: "-report=" + flag}
	switch {
	case !slices.Contains(kinds, kind):
		return f, fmt.Errorf("there is no report %q here.%s Write -report=KIND=FILE, where KIND is %s", kind,
			cmdline.Suggest(kind, kinds), strings.Join(kinds, ", "))
	case kind == "github" && !named && r.JSON:
		return f, errors.New("annotations go to standard output, which holds JSON alone with -json: " +
			"write -report=github=FILE, or -json-into=FILE for the JSON")
	case kind == "github" && !named:
		f.to = r.Out
		return f, nil
	case path == "":
		return f, fmt.Errorf("the file is missing: write -report=%s=FILE", kind)
	}
	file, err := r.SideFiles.Open(f.flag, path, 0o644) // the pipeline's next step may be another user
	f.file, f.to = file, file
	return f, err
}

// WriteFiles writes to each file of -report what its kind says. It does so once: what goes wrong afterwards is not
// added.
func (r *Report) WriteFiles(render func(kind string) ([]byte, error)) error {
	files := r.files
	r.files = nil
	var errs []error
	for _, f := range files {
		doc, err := render(f.kind)
		if err == nil {
			_, err = f.to.Write(doc)
		}
		errs = append(errs, failedFile(f.flag, err))
	}
	return errors.Join(errs...)
}

// InRepository names files as the pipeline's host does: by their path in the repository, where the host says what
// that is.
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
