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

// partPrefix begins the name of a file whose upload has not ended.
const partPrefix = "upload-"

func nameOf(id int64) string { return strconv.FormatInt(id, 10) }

// open returns the bytes of an attachment, or an error when they are not those that were kept.
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

// sweep removes bytes that no record names: uploads that the end of a process cut short, and attachments of approvals
// that were removed.
func (s *Server) sweep() error {
	var wanted map[int64]bool
	err := s.Store.Read(func(t store.Tx) error { wanted = records.Tx{Tx: t}.Contents(); return nil })
	if err != nil {
		return fmt.Errorf("look for attachments that are no longer wanted: %w", err)
	}
	return s.blobs.Sweep(func(name string) bool {
		id, err := strconv.ParseInt(name, 10, 64)
		return strings.HasPrefix(name, partPrefix) || err == nil && !wanted[id]
	})
}
