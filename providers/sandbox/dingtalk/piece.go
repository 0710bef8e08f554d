package dingtalk

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"os"
	"strings"

	"countersign/providers/sandbox/store"
)

// piece is the bytes of one PUT: a whole file, or a part of one.
type piece struct {
	File string // its name in uploads
	Size int64
	MD5  string // lower-case hex
}

// uploads holds what was uploaded, a file for each piece, beside the database. A piece is never written again: one sent
// anew gets a file of its own, so that what a record names is always whole.
type uploads struct{ store.Files }

// UploadsIn is where a store has the uploads of DingTalk.
func UploadsIn(s *store.Store) uploads { return uploads{s.Files("dingtalk")} }

var ecma = crc64.MakeTable(crc64.ECMA)

// take streams a body into a new file. It returns the CRC-64 over it too, which OSS tells its clients.
func (u uploads) take(name string, body io.Reader) (_ piece, sum uint64, err error) {
	to, file, err := u.Create(name + ".")
	if err != nil {
		return piece{}, 0, fmt.Errorf("make a file for an upload: %w", err)
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err != nil {
			_ = u.Files.Remove(file) // what stays is swept up when the sandbox opens
		}
	}()
	content, check := md5.New(), crc64.New(ecma)
	size, err := io.Copy(io.MultiWriter(to, content, check), body)
	if err == nil { // a record must not outlive its file in a crash
		err = cmp.Or(u.Sync(to), u.SyncNames())
	}
	return piece{File: file, Size: size, MD5: hexSum(content)}, check.Sum64(), err
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// remove deletes pieces that no record names any more; one that cannot be deleted is swept up when the sandbox opens.
func (u uploads) remove(pieces []piece) {
	for _, p := range pieces {
		_ = u.Files.Remove(p.File)
	}
}

// keepOnly removes the files of uploads that were cut or replaced just before the sandbox ended. What the sandbox did
// not name stays.
func (u uploads) keepOnly(known map[string]bool) error {
	entries, err := u.List()
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), objectPrefix) && !known[e.Name()] {
			err = errors.Join(err, u.Files.Remove(e.Name()))
		}
	}
	return err
}

// OpenPieces reads pieces one after the other.
func (u uploads) OpenPieces(pieces []piece) io.ReadCloser { return &joined{folder: u, left: pieces} }

// joined has one file open at a time, because there can be ten thousand.
type joined struct {
	folder uploads
	left   []piece
	now    *os.File
}

func (j *joined) Read(b []byte) (int, error) {
	for {
		if j.now == nil && len(j.left) == 0 {
			return 0, io.EOF
		}
		if j.now == nil {
			next, err := j.folder.Open(j.left[0].File)
			if err != nil {
				return 0, fmt.Errorf("read what was uploaded: %w", err)
			}
			j.now, j.left = next, j.left[1:]
		}
		n, err := j.now.Read(b)
		if err != io.EOF {
			return n, err
		}
		if err := j.Close(); err != nil || n > 0 {
			return n, err
		}
	}
}

func (j *joined) Close() error {
	now := j.now
	j.now = nil
	if now == nil {
		return nil
	}
	return now.Close()
}

// md5 is the lower-case hex MD5 over pieces one after the other.
func (u uploads) md5(pieces []piece) (string, error) {
	if len(pieces) == 1 {
		return pieces[0].MD5, nil
	}
	whole := u.OpenPieces(pieces)
	defer whole.Close()
	content := md5.New()
	if _, err := io.Copy(content, whole); err != nil {
		return "", fmt.Errorf("read what was uploaded: %w", err)
	}
	return hexSum(content), nil
}

func sizeOf(pieces []piece) int64 {
	var size int64
	for _, p := range pieces {
		size += p.Size
	}
	return size
}
