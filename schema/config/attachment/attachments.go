package attachment

import (
	"path/filepath"
	"strings"

	"countersign/schema/config/disk"
	"countersign/schema/config/eval"
)

// Attachments are those of one evaluation.
type Attachments struct {
	*eval.Evaluator
	Folder string // of the configuration
	All    []Declared
	dir    *disk.Directory // nil until an attachment needs it
}

// directory is made when the first attachment needs it.
func (as *Attachments) directory() (*disk.Directory, error) {
	if as.dir != nil {
		return as.dir, nil
	}
	var err error
	as.dir, err = disk.Open(as.Folder)
	return as.dir, err
}

// CheckOwnFiles reports attachments that would stage what the program itself keeps in the folder: it changes with every
// apply, and may hold secrets.
func (as *Attachments) CheckOwnFiles(statePath string) {
	for _, a := range as.All {
		as.checkOwnFiles(a, statePath)
	}
}

func (as *Attachments) checkOwnFiles(a Declared, statePath string) {
	if len(a.Files) == 0 {
		return
	}
	state, err := filepath.Abs(statePath)
	if err != nil || statePath == "" {
		return
	}
	kept := strings.TrimSuffix(state, ".json") + "." // journal, lock and backup have the same beginning
	for _, file := range a.Files {
		rel := as.dir.Rel(file.Path)
		if file.Path == state || strings.HasPrefix(file.Path, kept) || strings.HasPrefix(rel, ".countersign/") {
			as.ReportAt(a.Address, a.block.Expr("files").Range(), "Attachment of Countersign's own files", "%q is "+
				"kept by Countersign: it changes with every apply and may hold secrets. Put the files to be staged "+
				"into a folder of their own.", rel)
			return
		}
	}
}
