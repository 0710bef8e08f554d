package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
)

// directory is made when the first attachment needs it.
func (ev *evaluator) directory() (*disk.Directory, error) {
	if ev.dir != nil {
		return ev.dir, nil
	}
	var err error
	ev.dir, err = disk.Open(ev.src.Dir)
	return ev.dir, err
}

// checkOwnFiles reports an attachment that would stage what the program itself keeps in the folder: it changes with
// every apply, and may hold secrets.
func (ev *evaluator) checkOwnFiles(a declaredAttachment, statePath string) {
	if len(a.Files) == 0 {
		return
	}
	state, err := filepath.Abs(statePath)
	if err != nil || statePath == "" {
		return
	}
	kept := strings.TrimSuffix(state, ".json") + "." // journal, lock and backup have the same beginning
	for _, file := range a.Files {
		rel := ev.dir.Rel(file.Path)
		if file.Path == state || strings.HasPrefix(file.Path, kept) || strings.HasPrefix(rel, ".countersign/") {
			at := a.block.files.Range()
			ev.Report(diagnostic.Finding{Address: a.Address, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Attachment of Countersign's own files", Subject: &at,
				Detail: fmt.Sprintf("%q is kept by Countersign: it changes with every apply and may hold secrets. Put the files to be staged into a folder of their own.", rel)}})
			return
		}
	}
}
