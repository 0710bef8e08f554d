package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"iter"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// Tx is one transaction. Each value in the database is a checksum over key and value, then the value; records are JSON.
//
// Its methods have no errors. What can go wrong in them, a damaged database or a mistake of the sandbox, ends the whole
// transaction: they panic, and Store.Read, Write and Alone return that as their error.
type Tx struct{ bolt *bbolt.Tx }

// Refusal is an error answer of a vendor. A transaction that returns one must have changed nothing before.
type Refusal interface {
	error
	Refused()
}

type write struct {
	do   func(Tx) error
	done bool
	err  error
}

// Read runs do in a transaction that sees one moment of the database. What Raw returns in it is not valid afterwards.
func (s *Store) Read(do func(Tx) error) (err error) {
	defer guard(&err)()
	return s.db.View(func(b *bbolt.Tx) error { return do(Tx{b}) })
}

// Write runs do in a transaction, perhaps together with others, and returns once it is synced. When do returns a
// Refusal, the others are written all the same; so do must make all its checks before its first change.
func (s *Store) Write(do func(Tx) error) error {
	own := &write{do: do}
	s.queueMu.Lock()
	s.queue = append(s.queue, own)
	s.queueMu.Unlock()

	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if own.done { // the last holder of the lock has committed it
		return own.err
	}
	s.queueMu.Lock()
	batch := s.queue
	s.queue = nil
	s.queueMu.Unlock()

	err := s.Alone(func(t Tx) error {
		for _, w := range batch {
			w.err = w.do(t)
			if _, refused := w.err.(Refusal); w.err != nil && !refused {
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

// Alone runs do in a transaction of its own, which any error undoes.
func (s *Store) Alone(do func(Tx) error) (err error) {
	defer guard(&err)()
	return s.db.Update(func(b *bbolt.Tx) error { return do(Tx{b}) })
}

// guard makes an error of what a transaction panics with: see Tx. A damaged page makes bbolt panic too, or fault.
func guard(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			*err = fmt.Errorf("the database is damaged, or the sandbox has a mistake: %v", r)
		}
	}
}

// Damaged ends the transaction because something in the database is not what it must be.
func Damaged(format string, args ...any) { panic(fmt.Errorf(format, args...)) }

// Raw returns a record as stored, or nil. It belongs to the transaction.
func (t Tx) Raw(bucket string, k []byte) []byte {
	sealed := t.bolt.Bucket([]byte(bucket)).Get(k)
	if sealed == nil {
		return nil
	}
	return unseal(bucket, k, sealed)
}

// Has reports whether there is a record.
func (t Tx) Has(bucket string, k []byte) bool { return t.Raw(bucket, k) != nil }

// Get decodes a record into v and reports whether there is one.
func (t Tx) Get(bucket string, k []byte, v any) bool {
	record := t.Raw(bucket, k)
	if record == nil {
		return false
	}
	decode(bucket, k, record, v)
	return true
}

// Need decodes a record that another one names into v: without it, the database is damaged.
func (t Tx) Need(bucket string, k []byte, v any) {
	if !t.Get(bucket, k, v) {
		Damaged("record %s/%x is missing", bucket, k)
	}
}

// Put writes a record.
func (t Tx) Put(bucket string, k []byte, v any) {
	record, err := json.Marshal(v)
	if err == nil {
		sum := checksum(k, record)
		err = t.bolt.Bucket([]byte(bucket)).Put(k, append(binary.BigEndian.AppendUint32(nil, sum), record...))
	}
	if err != nil {
		Damaged("write record %s/%x: %w", bucket, k, err)
	}
}

// Delete removes a record, if there is one.
func (t Tx) Delete(bucket string, k []byte) {
	if err := t.bolt.Bucket([]byte(bucket)).Delete(k); err != nil {
		Damaged("delete record %s/%x: %w", bucket, k, err)
	}
}

// Next gives out an id that the bucket never had.
func (t Tx) Next(bucket string) int64 {
	id, err := t.bolt.Bucket([]byte(bucket)).NextSequence()
	if err != nil {
		Damaged("number a record of %s: %w", bucket, err)
	}
	return int64(id)
}

// Reserve makes Next go on after an id.
func (t Tx) Reserve(bucket string, id int64) {
	b := t.bolt.Bucket([]byte(bucket))
	if err := b.SetSequence(max(b.Sequence(), uint64(id))); err != nil {
		Damaged("number the records of %s: %w", bucket, err)
	}
}

// Keys are the keys of a bucket that begin with prefix, in their order. The bucket must not change meanwhile.
func (t Tx) Keys(bucket string, prefix []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		cursor := t.bolt.Bucket([]byte(bucket)).Cursor()
		for k, _ := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
			if !yield(k) {
				return
			}
		}
	}
}

// All are the records of a bucket with their keys, in the order of these. The bucket must not change meanwhile.
func All[V any](t Tx, bucket string) iter.Seq2[[]byte, V] {
	return func(yield func([]byte, V) bool) {
		cursor := t.bolt.Bucket([]byte(bucket)).Cursor()
		for k, sealed := cursor.First(); k != nil; k, sealed = cursor.Next() {
			var v V
			decode(bucket, k, unseal(bucket, k, sealed), &v)
			if !yield(k, v) {
				return
			}
		}
	}
}

// Key is the form of ids in the database: it sorts as they do.
func Key(ids ...int64) []byte {
	k := make([]byte, 0, 8*len(ids))
	for _, id := range ids {
		k = binary.BigEndian.AppendUint64(k, uint64(id))
	}
	return k
}

// LastID is the last id of a key made by Key.
func LastID(k []byte) int64 { return int64(binary.BigEndian.Uint64(k[len(k)-8:])) }

// NameKey is the form of a name in a folder.
func NameKey(folder int64, name string) []byte { return append(Key(folder), name...) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(k, record []byte) uint32 {
	return crc32.Update(crc32.Checksum(k, castagnoli), castagnoli, record)
}

func unseal(bucket string, k, sealed []byte) []byte {
	if len(sealed) < 4 || binary.BigEndian.Uint32(sealed) != checksum(k, sealed[4:]) {
		Damaged("record %s/%x is damaged", bucket, k)
	}
	return sealed[4:]
}

func decode(bucket string, k, record []byte, v any) {
	if err := json.Unmarshal(record, v); err != nil {
		Damaged("record %s/%x is damaged: %w", bucket, k, err)
	}
}

// NewToken is a random text that nobody guesses.
func NewToken() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
