// Package sandbox is a drive in a box: it serves the vendors' documented HTTP interfaces, statefully, from an
// embedded database, with the documents' checks and error codes. It shares no code with the clients in the
// sibling folders, so that the two can disagree.
//
// Of the drive it serves all 17 interfaces of the vendor's document (templates in sections 1 to 5, approvals in 6 to 10,
// 15 and 17, their attachments in 11 to 14 and 16) and list-dir (section 18), under their real paths. Where the document
// is silent the sandbox takes the narrower reading, so that what it accepts the document says the real drive accepts.
//
// DingTalk, with the object storage that its uploads go to, and Tencent's e-sign answer on the same port: see serveAll.
// What they hold from the beginning is in dingtalk_world.go and tencent_flow.go; Credentials lists it.
package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say where the data is kept and which faults to make.
type Options struct {
	// Path is the database file; the bytes of attachments lie in a folder beside it, NAME.files. "" keeps both in a
	// temporary folder that Close removes.
	Path string
	// Folder is one that Path must not lead out of, nor be reached in through a link, because a configuration has chosen it;
	// "": a person has named Path.
	Folder string
	Faults Faults
	// Clock is what DingTalk and Tencent go by for what expires and for calls in a second; nil is the machine's.
	Clock func() time.Time
}

// Sandbox is one drive. It is safe for use by many goroutines.
type Sandbox struct {
	store     *store
	faults    faults
	place     place
	temporary string // folder that Close removes, or ""

	clock   func() time.Time
	limits  limiter
	uploads ossFolder
	secret  string // signs the addresses that DingTalk and Tencent give out

	callsMu sync.Mutex
	calls   map[string]int
}

// Open opens or makes the database; a new one holds the example world of the vendor's document, with random tokens
// that stay the same from then on. It refuses, and leaves the file as it is, when another process holds the database,
// when it is damaged, was written by a newer version, or is something else altogether.
func Open(o Options) (*Sandbox, error) {
	if err := o.Faults.check(); err != nil {
		return nil, err
	}
	s := &Sandbox{calls: map[string]int{}, clock: o.Clock}
	if s.clock == nil {
		s.clock = time.Now
	}
	if o.Path == "" {
		dir, err := os.MkdirTemp("", "countersign-sandbox-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the sandbox's temporary database: %w", err)
		}
		s.temporary, o.Path, o.Folder = dir, filepath.Join(dir, "drive.db"), ""
	}
	var err error
	if s.place, err = findPlace(o); err == nil {
		s.store, err = openStore(s.place, s.temporary != "")
	}
	if err != nil {
		s.letGo()
		return nil, err
	}
	s.faults.set(o.Faults)
	if err := s.openVendors(s.place); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the database once the calls under way have ended; calls made later are answered with HTTP 500.
func (s *Sandbox) Close() error {
	err := s.store.db.Close()
	s.letGo()
	return err
}

func (s *Sandbox) letGo() {
	if s.place.folder != nil {
		s.place.folder.Close()
	}
	if s.temporary != "" {
		os.RemoveAll(s.temporary)
	}
}

// Handler serves every documented path of all three vendors.
func (s *Sandbox) Handler() http.Handler { return http.HandlerFunc(s.serveAll) }

// Calls counts the calls that arrived since Open by path, those that were refused or failed included.
func (s *Sandbox) Calls() map[string]int {
	s.callsMu.Lock()
	defer s.callsMu.Unlock()
	return maps.Clone(s.calls)
}

func (s *Sandbox) count(path string) {
	s.callsMu.Lock()
	defer s.callsMu.Unlock()
	s.calls[path]++
}

// now is the drive's clock, in Unix seconds.
func now() int64 { return time.Now().Unix() }
