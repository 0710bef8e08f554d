package world

import (
	"fmt"
	"sync/atomic"

	"countersign/schema"
)

// mostKept is how much memory, about, the lists of one run may take together: some two hundred thousand templates of
// three steps with three people each. Each answer by itself is bounded by the client; a drive that gives a long list
// for every folder is not.
const mostKept = 512 << 20

// listMemory is what the lists that a run has read and keeps take.
type listMemory struct{ kept atomic.Int64 }

func (h *listMemory) full() error {
	if h.kept.Load() > mostKept {
		return fmt.Errorf("the drive's lists are too large together: "+
			"what is in force on the folders and files of this configuration takes more than %d MiB of memory. "+
			"Look at what the drive gives (`countersign explain`), or divide the configuration", mostKept>>20)
	}
	return nil
}

// keep takes a list in, or refuses it.
func (h *listMemory) keep(l schema.Listing, err error) (schema.Listing, error) {
	if err != nil {
		return l, err
	}
	size := 0
	for _, t := range l.Templates {
		size += 512 + len(t.Opaque) + 64*len(t.Template.CC)
		for _, s := range t.Template.Steps {
			size += 128 + 64*len(s.Approvers)
		}
	}
	h.kept.Add(int64(size))
	if err := h.full(); err != nil {
		return schema.Listing{}, err
	}
	return l, nil
}
