package report

import (
	"errors"
	"fmt"
	"strings"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/sidefile"
	"countersign/schema"
)

// Beside are the files of -report of a command that tells of no plan, all of one kind.
type Beside []*sidefile.File

// OpenBeside opens the files of -report=KIND=FILE, so that one that cannot be written is told before any work.
func (r *Report) OpenBeside(kind string, flags []string) (Beside, error) {
	var files Beside
	var wrong fault.Diagnostics
	for _, flag := range flags {
		name, path, _ := strings.Cut(flag, "=")
		var file *sidefile.File
		var err error
		switch {
		case name != kind:
			err = fmt.Errorf("there is no report %q here.%s Write -report=%s=FILE", name,
				cmdline.Suggest(name, []string{kind}), kind)
		case path == "":
			err = fmt.Errorf("the file is missing: write -report=%s=FILE", kind)
		default:
			file, err = r.SideFiles.Open("-report="+flag, path, 0o644) // the pipeline's next step may be another user
		}
		if err != nil {
			wrong = append(wrong, schema.Diagnostic{Severity: schema.Error, Summary: "The report -report=" + flag +
				" cannot be written", Detail: err.Error() + ". Nothing was done."})
			continue
		}
		files = append(files, file)
	}
	if len(wrong) == 0 {
		return files, nil
	}
	for _, file := range files {
		file.Spare()
	}
	return nil, wrong
}

// Write writes a document to each of them.
func (b Beside) Write(doc []byte) error {
	var errs []error
	for _, file := range b {
		_, err := file.Write(doc)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Close ends them.
func (b Beside) Close() error {
	var errs []error
	for _, file := range b {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
