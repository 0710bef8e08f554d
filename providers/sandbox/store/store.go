// Package store keeps a sandbox's data: records in an embedded database, each with a checksum, and files in a folder
// beside it. It has transactions, and refuses a database that is damaged or not its own. It knows no vendor: the caller
// of Open gives the buckets and the content of a new database.
package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"countersign/confine"
)

// MetaBucket has single values by name; "format" is the version of the layout.
const MetaBucket = "meta"

const format = 1

// lockPatience is how long Open waits for another process to close the database.
const lockPatience = 2 * time.Second

// Options say where the data is kept.
type Options struct {
	// Path is the database file; files lie in a folder beside it, NAME.files. "" keeps both in a temporary folder that
	// Close removes.
	Path string
	// Folder is given when a configuration has chosen Path: Path must be inside it, and not be reached through a link.
	// "": a person has named Path.
	Folder string
}

// Layout is what a database consists of.
type Layout struct {
	Buckets []string // of every database
	Later   []string // buckets that early databases of format 1 lack: Open makes them
	Fill    func(Tx) // puts into a new database what it holds from the beginning
}

// Store is a database with its files. Reads run side by side. Writes that arrive while another one is synced are
// committed together, so that many clients wait for few syncs.
type Store struct {
	db        *bbolt.DB
	at        place
	temporary string // folder that Close removes, or ""

	queueMu  sync.Mutex
	queue    []*write
	commitMu sync.Mutex
}

// Open opens the database, or makes it. It refuses, and leaves the file as it is, when another process holds the
// database, when it is damaged, was written by a newer version, or is something else altogether. A temporary database
// is not synced.
func Open(o Options, layout Layout) (*Store, error) {
	s := &Store{}
	if o.Path == "" {
		dir, err := os.MkdirTemp("", "countersign-sandbox-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the sandbox's temporary database: %w", err)
		}
		s.temporary, o = dir, Options{Path: filepath.Join(dir, "drive.db")}
	}
	layout.Buckets = append([]string{MetaBucket}, layout.Buckets...)
	var err error
	if s.at, err = findPlace(o); err == nil {
		err = s.open(layout)
	}
	if err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

// Close closes the database once the transactions under way have ended; later ones fail.
func (s *Store) Close() error {
	err := s.db.Close()
	s.release()
	return err
}

func (s *Store) release() {
	if s.at.folder != nil {
		s.at.folder.Close()
	}
	if s.temporary != "" {
		os.RemoveAll(s.temporary)
	}
}

// Path is where the database is, for messages.
func (s *Store) Path() string { return s.at.path }

// Files is the folder with the database's files, or one inside it.
func (s *Store) Files(below ...string) Files {
	name := filepath.Join(append([]string{strings.TrimSuffix(s.at.name, ".db") + ".files"}, below...)...)
	return Files{in: s.at.folder, name: name, Path: filepath.Join(filepath.Dir(s.at.path), name),
		synced: s.temporary == ""}
}

func (s *Store) open(layout Layout) (err error) {
	path := s.at.path
	// In a damaged file, bbolt can follow pages that do not exist: it panics, or faults in the memory map. Both become
	// an error here, before anything is written.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = damaged(path, fmt.Errorf("%v", r))
		}
	}()
	options := bbolt.Options{NoSync: s.temporary != "", FreelistType: bbolt.FreelistMapType}
	present, err := s.at.present()
	if err == nil && present == nil {
		if err = create(s.at, layout, options); err == nil {
			present, err = s.at.present()
		}
	}
	if err == nil && present.Size() > 0 {
		err = inspect(s.at, present, layout)
	}
	if err != nil {
		return err
	}
	if s.db, err = openBolt(s.at, s.at.found(present), options); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.db.Close()
		}
	}()
	empty, complete := false, true
	err = s.db.View(func(b *bbolt.Tx) error {
		empty = isEmpty(b)
		complete = !slices.ContainsFunc(layout.Later, func(name string) bool { return b.Bucket([]byte(name)) == nil })
		return checkPages(b)
	})
	switch {
	case err != nil:
		return damaged(path, err)
	case empty:
		return layout.fill(s.at, s.db)
	case !complete:
		if err := s.db.Update(layout.extend); err != nil {
			return fmt.Errorf("extend the sandbox database %s: %w", path, err)
		}
	}
	return nil
}

// create makes a database where none is. It gets its name once it is whole, so that the end of a process leaves nothing
// that the next one cannot open. Another process may be faster: then it is that one's.
func create(at place, layout Layout, options bbolt.Options) error {
	made, err := at.folder.New(at.name)
	if err != nil {
		return fmt.Errorf("make the sandbox database %s: %w", at.path, err)
	}
	defer made.Drop()
	db, err := openBolt(at, func(flag int) (*os.File, error) {
		file, _, err := at.folder.Own(made.Temporary(), flag)
		return file, err
	}, options)
	if err != nil {
		return err
	}
	if err := cmp.Or(layout.fill(at, db), db.Close()); err != nil {
		return err
	}
	switch err = made.Link(); {
	case err == nil:
		err = at.folder.Sync()
	case !errors.Is(err, fs.ErrExist): // the file system may have no hard links
		err = made.Commit(nil)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, confine.ErrOther) {
		return fmt.Errorf("make the sandbox database %s: %w", at.path, err)
	}
	return nil
}

// fill puts into an empty database what it holds from the beginning.
func (l Layout) fill(at place, db *bbolt.DB) error {
	if err := db.Update(l.make); err != nil {
		return fmt.Errorf("make the example world in the sandbox database %s: %w", at.path, err)
	}
	return nil
}

func (l Layout) make(b *bbolt.Tx) error {
	for _, bucket := range l.Buckets {
		if _, err := b.CreateBucket([]byte(bucket)); err != nil {
			return err
		}
	}
	if err := l.extend(b); err != nil {
		return err
	}
	l.Fill(Tx{b})
	Tx{b}.Put(MetaBucket, []byte("format"), format)
	return nil
}

func (l Layout) extend(b *bbolt.Tx) error {
	for _, bucket := range l.Later {
		if _, err := b.CreateBucketIfNotExists([]byte(bucket)); err != nil {
			return err
		}
	}
	return nil
}

// found opens the file of the database, which must still be the one that is present.
func (p place) found(present fs.FileInfo) func(flag int) (*os.File, error) {
	return func(flag int) (*os.File, error) {
		file, info, err := p.folder.Own(p.name, flag)
		if err == nil && !os.SameFile(info, present) {
			file.Close()
			err = confine.ErrOther
		}
		return file, err
	}
}

// openBolt opens a database in the file that open opens.
func openBolt(at place, open func(flag int) (*os.File, error), options bbolt.Options) (*bbolt.DB, error) {
	path := at.path
	options.Timeout = lockPatience
	options.NoStatistics = true
	options.OpenFile = func(_ string, flag int, _ os.FileMode) (*os.File, error) { return open(flag) }
	db, err := bbolt.Open(path, 0o600, &options)
	var unfit *fs.PathError
	var fromSystem syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		instead := ""
		if at.chosen {
			instead = ", or give another path"
		}
		return nil, fmt.Errorf("open the sandbox database %s: another process holds it, such as another run of "+
			"countersign or \"countersign sandbox\"; wait for it, or end it%s", path, instead)
	case errors.As(err, &fromSystem), errors.As(err, &unfit), errors.Is(err, confine.ErrOther):
		return nil, fmt.Errorf("open the sandbox database %s: %w", path, err)
	case err != nil:
		return nil, damaged(path, err)
	}
	return db, nil
}

func damaged(path string, err error) error {
	return fmt.Errorf(
		"open the sandbox database %s: it is damaged or not a sandbox database (%w); nothing was changed; "+
			"move the file away to begin with a new one", path, err)
}

// inspect reads every record of a database once, without writing. It opens the file separately, because bbolt leaves a
// file that it opened for writing locked when it panics.
func inspect(at place, present fs.FileInfo, layout Layout) error {
	db, err := openBolt(at, at.found(present), bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(b *bbolt.Tx) error {
		now, err := at.folder.Lstat(at.name)
		if err != nil {
			return fmt.Errorf("read the size of the sandbox database: %w", err)
		}
		if now.Size() < b.Size() {
			return damaged(at.path, fmt.Errorf("%d bytes long, should be %d", now.Size(), b.Size()))
		}
		if isEmpty(b) {
			return nil
		}
		return inspectRecords(b, at.path, layout)
	})
}

// isEmpty reports whether nothing is in the database: its file was made by hand, or a process was killed that filled
// one made so.
func isEmpty(b *bbolt.Tx) bool {
	k, _ := b.Cursor().First()
	return k == nil
}

func inspectRecords(b *bbolt.Tx, path string, layout Layout) error {
	var version int
	if b.Bucket([]byte(MetaBucket)) == nil || !(Tx{b}).Get(MetaBucket, []byte("format"), &version) {
		return damaged(path, errors.New("no format version in it"))
	}
	if version != format {
		return fmt.Errorf(
			"open the sandbox database %s: it has format %d and this version of countersign reads format %d; "+
				"nothing was changed; use the version that made it, or give another path", path, version, format)
	}
	for _, name := range slices.Concat(layout.Buckets, layout.Later) {
		bucket := b.Bucket([]byte(name))
		if bucket == nil && slices.Contains(layout.Later, name) {
			continue
		}
		if bucket == nil {
			return damaged(path, fmt.Errorf("no bucket %s in it", name))
		}
		if err := bucket.ForEach(func(k, v []byte) error { unseal(name, k, v); return nil }); err != nil {
			return damaged(path, err)
		}
	}
	return nil
}

// checkPages lets bbolt compare its pages with its list of free ones. The database must be open for writing.
func checkPages(b *bbolt.Tx) error {
	var first error
	for err := range b.Check() { // to its end, or bbolt's goroutine stays
		first = cmp.Or(first, err)
	}
	return first
}
