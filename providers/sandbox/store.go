package sandbox

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"countersign/confine"
)

// Each value in the database is a checksum over key and value, then the value; records are JSON.
const (
	metaBucket     = "meta"     // "format" → version of this layout
	usersBucket    = "users"    // user id → userRecord
	tokensBucket   = "tokens"   // SHA-256 of a token → user id
	filesBucket    = "files"    // file id → file
	childrenBucket = "children" // parent id, name → file id
	templetsBucket = "templets" // templet id → templet, as the wire has it
	attachedBucket = "attached" // file id, templet id → nothing

	approvalsBucket   = "approvals"   // approval id → approval
	concernsBucket    = "concerns"    // concern, user or file id, approval id → nothing; its sequence numbers the handlings
	rightsBucket      = "rights"      // file id, user id → right that an approval gave
	attachmentsBucket = "attachments" // id, of the same sequence as files' → attachment
	enclosedBucket    = "enclosed"    // parent id, name → id of what lies in a folder of an attachment

	format = 1
)

// buckets are in every database; those of laterBuckets are made where they are missing, because format 1 once had none.
var (
	buckets      = []string{metaBucket, usersBucket, tokensBucket, filesBucket, childrenBucket, templetsBucket, attachedBucket}
	laterBuckets = append([]string{approvalsBucket, concernsBucket, rightsBucket, attachmentsBucket, enclosedBucket}, dingtalkBuckets...)
)

// lockPatience is how long Open waits for another process to let go of the database.
const lockPatience = 2 * time.Second

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// store is the database. Reads run side by side; writes that arrive while one is being synced are committed
// together, so that many clients do not wait for a sync each.
type store struct {
	db    *bbolt.DB
	blobs blobs

	queueMu  sync.Mutex
	queue    []*write
	commitMu sync.Mutex
}

type write struct {
	do   func(txn) error
	done bool
	err  error
}

// txn is one transaction with the drive's nouns as methods.
type txn struct{ bolt *bbolt.Tx }

// openStore opens the database, or makes it with the example world in it. A temporary one is not synced.
func openStore(at place, temporary bool) (_ *store, err error) {
	path := at.path
	// A file cut short or scribbled over makes bbolt follow pages that are not there: that panics, or faults in the
	// memory map. Both become an error here, before anything is written.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = damaged(path, fmt.Errorf("%v", r))
		}
	}()
	present, err := at.present()
	if err == nil && present != nil && present.Size() > 0 {
		err = inspect(at, present)
	}
	if err != nil {
		return nil, err
	}
	db, err := openBolt(at, present, bbolt.Options{NoSync: temporary, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	empty, complete := false, true
	err = db.View(func(b *bbolt.Tx) error {
		empty = isEmpty(b)
		for _, bucket := range laterBuckets {
			complete = complete && b.Bucket([]byte(bucket)) != nil
		}
		return checkPages(b)
	})
	if err != nil {
		db.Close()
		return nil, damaged(path, err)
	}
	if empty {
		if err := db.Update(func(b *bbolt.Tx) error { return makeWorld(txn{b}) }); err != nil {
			db.Close()
			return nil, fmt.Errorf("make the example world in the sandbox database %s: %w", path, err)
		}
	}
	if !empty && !complete {
		if err := db.Update(makeLaterBuckets); err != nil {
			db.Close()
			return nil, fmt.Errorf("extend the sandbox database %s: %w", path, err)
		}
	}
	s := &store{db: db, blobs: blobsBeside(at, !temporary)}
	if err := s.sweep(); err != nil {
		db.Close()
		return nil, err
	}
	return s, nil
}

func makeLaterBuckets(b *bbolt.Tx) error {
	for _, bucket := range laterBuckets {
		if _, err := b.CreateBucketIfNotExists([]byte(bucket)); err != nil {
			return err
		}
	}
	return nil
}

// openBolt opens the database that is there, or without one makes it.
func openBolt(at place, present fs.FileInfo, options bbolt.Options) (*bbolt.DB, error) {
	path := at.path
	options.Timeout = lockPatience
	options.NoStatistics = true
	options.OpenFile = func(_ string, flag int, _ os.FileMode) (*os.File, error) {
		if present == nil {
			file, err := at.folder.Create(at.name)
			if !errors.Is(err, fs.ErrExist) {
				return file, err
			}
		}
		file, info, err := at.folder.Own(at.name, flag)
		if err == nil && present != nil && !os.SameFile(info, present) {
			file.Close()
			err = confine.ErrOther
		}
		return file, err
	}
	db, err := bbolt.Open(path, 0o600, &options)
	var unfit *fs.PathError
	var fromSystem syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("open the sandbox database %s: another process holds it; end that one, or wait for it, or give another path", path)
	case errors.As(err, &fromSystem), errors.As(err, &unfit), errors.Is(err, confine.ErrOther):
		return nil, fmt.Errorf("open the sandbox database %s: %w", path, err)
	case err != nil:
		return nil, damaged(path, err)
	}
	return db, nil
}

func damaged(path string, err error) error {
	return fmt.Errorf("open the sandbox database %s: it is damaged or not a sandbox database (%w); nothing was changed; move the file away to begin with a new one", path, err)
}

// inspect reads every record of a database once, without writing. It opens the file for itself because a file opened
// for writing stays locked when that panics half way.
func inspect(at place, present fs.FileInfo) error {
	path := at.path
	db, err := openBolt(at, present, bbolt.Options{ReadOnly: true})
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
			return damaged(path, fmt.Errorf("%d bytes long, should be %d", now.Size(), b.Size()))
		}
		if isEmpty(b) {
			return nil
		}
		return inspectRecords(txn{b}, path)
	})
}

// isEmpty reports whether there is nothing in the database: it is new, or its maker was killed before the example
// world was in it.
func isEmpty(b *bbolt.Tx) bool {
	k, _ := b.Cursor().First()
	return k == nil
}

func inspectRecords(t txn, path string) error {
	var version int
	if t.bolt.Bucket([]byte(metaBucket)) == nil {
		return damaged(path, errors.New("no format version in it"))
	}
	if ok, err := t.get(metaBucket, []byte("format"), &version); err != nil || !ok {
		return damaged(path, cmp.Or(err, errors.New("no format version in it")))
	}
	if version != format {
		return fmt.Errorf("open the sandbox database %s: it has format %d and this version of countersign reads format %d; nothing was changed; use the version that made it, or give another path", path, version, format)
	}
	for _, bucket := range slices.Concat(buckets, laterBuckets) {
		b := t.bolt.Bucket([]byte(bucket))
		if b == nil && slices.Contains(laterBuckets, bucket) {
			continue
		}
		if b == nil {
			return damaged(path, fmt.Errorf("no bucket %s in it", bucket))
		}
		if err := b.ForEach(func(k, v []byte) error { _, err := unseal(bucket, k, v); return err }); err != nil {
			return damaged(path, err)
		}
	}
	return nil
}

// checkPages lets bbolt hold its pages against its list of free ones. It must be open for writing, with that list read.
func checkPages(b *bbolt.Tx) error {
	var first error
	for err := range b.Check() { // to be read to its end, else its goroutine stays
		first = cmp.Or(first, err)
	}
	return first
}

// read runs do in a transaction that sees one moment of the drive. What do reads is gone when it returns.
func (s *store) read(do func(txn) error) error {
	return s.db.View(func(b *bbolt.Tx) error { return do(txn{b}) })
}

// write runs do in a transaction, perhaps with others, and returns once it is synced. do must make all its checks
// before its first change, because a Refusal does not undo what was changed before it.
func (s *store) write(do func(txn) error) error {
	own := &write{do: do}
	s.queueMu.Lock()
	s.queue = append(s.queue, own)
	s.queueMu.Unlock()

	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if own.done { // committed by the one who held the lock before
		return own.err
	}
	s.queueMu.Lock()
	batch := s.queue
	s.queue = nil
	s.queueMu.Unlock()

	err := s.alone(func(t txn) error {
		for _, w := range batch {
			w.err = w.do(t)
			if _, refused := w.err.(*Refusal); w.err != nil && !refused {
				return w.err
			}
		}
		return nil
	})
	for _, w := range batch {
		w.done = true
		if err != nil {
			w.err = err
		}
	}
	return own.err
}

// alone runs do in a transaction of its own, which any error undoes.
func (s *store) alone(do func(txn) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("write to the sandbox database: %v", r)
		}
	}()
	return s.db.Update(func(b *bbolt.Tx) error { return do(txn{b}) })
}

// key is the form of ids in the database: it sorts as they do.
func key(ids ...int64) []byte {
	k := make([]byte, 0, 8*len(ids))
	for _, id := range ids {
		k = binary.BigEndian.AppendUint64(k, uint64(id))
	}
	return k
}

// raw returns a record as stored, or nil. It belongs to the transaction.
func (t txn) raw(bucket string, k []byte) ([]byte, error) {
	sealed := t.bolt.Bucket([]byte(bucket)).Get(k)
	if sealed == nil {
		return nil, nil
	}
	return unseal(bucket, k, sealed)
}

// get decodes a record into v and reports whether there is one.
func (t txn) get(bucket string, k []byte, v any) (bool, error) {
	record, err := t.raw(bucket, k)
	if err != nil || record == nil {
		return false, err
	}
	if err := json.Unmarshal(record, v); err != nil {
		return false, fmt.Errorf("record %s/%x is damaged: %w", bucket, k, err)
	}
	return true, nil
}

func (t txn) put(bucket string, k []byte, v any) error {
	record, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum := crc32.Update(crc32.Checksum(k, castagnoli), castagnoli, record)
	return t.bolt.Bucket([]byte(bucket)).Put(k, append(binary.BigEndian.AppendUint32(nil, sum), record...))
}

func (t txn) delete(bucket string, k []byte) error {
	return t.bolt.Bucket([]byte(bucket)).Delete(k)
}

// next gives out an id that the bucket never had.
func (t txn) next(bucket string) (int64, error) {
	id, err := t.bolt.Bucket([]byte(bucket)).NextSequence()
	return int64(id), err
}

func unseal(bucket string, k, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 || binary.BigEndian.Uint32(sealed) != crc32.Update(crc32.Checksum(k, castagnoli), castagnoli, sealed[4:]) {
		return nil, fmt.Errorf("record %s/%x is damaged", bucket, k)
	}
	return sealed[4:], nil
}
