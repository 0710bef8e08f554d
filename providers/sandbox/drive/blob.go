package drive

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// blobs is the folder with the bytes of attachments, each in a file named by the attachment's id. Bytes never change
// once they are kept, so that an approved file of the drive has those of its attachment.
type blobs struct{ store.Files }

const partPrefix = "upload-"

// part is what has arrived of an upload. It is gone after drop, unless keep came first.
type part struct {
	*os.File
	name string
	of   blobs
	kept bool
}

// newPart makes an empty part for an upload to fill.
func (b blobs) newPart() (*part, error) {
	file, name, err := b.Create(partPrefix)
	if err != nil {
		return nil, fmt.Errorf("keep an attachment: %w", err)
	}
	return &part{File: file, name: name, of: b}, nil
}

// keep gives a part its id, once its bytes are synced.
func (b blobs) keep(p *part, id int64) error {
	if err := b.Rename(p.name, nameOf(id)); err != nil {
		return err
	}
	p.kept = true
	return b.SyncNames()
}

// drop ends a part: what was not kept is removed.
func (p *part) drop() {
	p.Close()
	if !p.kept {
		_ = p.of.Remove(p.name) // what stays is swept up when the sandbox opens
	}
}

// open returns the bytes of an attachment, or says that they are not those that were kept.
func (b blobs) open(id, size int64) (*os.File, error) {
	f, err := b.Open(nameOf(id))
	if err != nil {
		return nil, fmt.Errorf("read attachment %d: %w", id, err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() != size {
		err = fmt.Errorf("read attachment %d: %s has %d bytes, should have %d", id, f.Name(), info.Size(), size)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (b blobs) copyTo(w io.Writer, id, size int64) error {
	f, err := b.open(id, size)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

func nameOf(id int64) string { return strconv.FormatInt(id, 10) }

// sweep removes bytes that no record names: uploads that the end of a process cut short, and attachments of approvals
// that were removed. Files that the sandbox did not name stay.
func (s *Server) sweep() error {
	entries, err := s.blobs.List()
	if err != nil {
		return fmt.Errorf("read the folder of the sandbox's attachments: %w", err)
	}
	if len(entries) == 0 {
		return nil
	}
	var wanted map[int64]bool
	err = s.Store.Read(func(t store.Tx) error { wanted = records.Tx{Tx: t}.Contents(); return nil })
	if err != nil {
		return fmt.Errorf("look for attachments that are no longer wanted: %w", err)
	}
	for _, e := range entries {
		id, err := strconv.ParseInt(e.Name(), 10, 64)
		ours := strings.HasPrefix(e.Name(), partPrefix) || err == nil && !wanted[id]
		if !ours || !e.Type().IsRegular() {
			continue
		}
		if err := s.blobs.Remove(e.Name()); err != nil {
			return fmt.Errorf("remove an attachment that is no longer wanted: %w", err)
		}
	}
	return nil
}
