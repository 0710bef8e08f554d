package attachment

import (
	"path/filepath"
	"slices"
	"strings"

	"countersign/schema"
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

// directory opens the folder when the first attachment needs it.
func (as *Attachments) directory() (_ *disk.Directory, err error) {
	if as.dir == nil {
		as.dir, err = disk.Open(as.Folder)
	}
	return as.dir, err
}

// CheckOwnFiles reports attachments that would stage the program's own files: they change with every apply, and may
// hold secrets.
func (as *Attachments) CheckOwnFiles(statePath string) {
	state, err := filepath.Abs(statePath)
	if err != nil || statePath == "" {
		return
	}
	kept := strings.TrimSuffix(state, ".json") + "." // the names of journal, lock and backup begin so too
	for _, a := range as.All {
		i := slices.IndexFunc(a.Files, func(file schema.SourceFile) bool {
			return file.Path == state || strings.HasPrefix(file.Path, kept) ||
				strings.HasPrefix(as.dir.Rel(file.Path), ".countersign/")
		})
		if i >= 0 {
			as.ReportAt(a.Address, a.block.Expr("files").Range(), "Attachment of Countersign's own files", "%q is "+
				"kept by Countersign: it changes with every apply and may hold secrets. Put the files to be staged "+
				"into a folder of their own.", as.dir.Rel(a.Files[i].Path))
		}
	}
}
