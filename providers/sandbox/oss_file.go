package sandbox

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"os"
	"strings"
)

// piece is the bytes of one PUT: a whole file, or a part of one.
type piece struct {
	File string // its name in ossFolder
	Size int64
	MD5  string // lower-case hex
}

// ossFolder holds what was uploaded, a file for each piece, beside the database. A piece is never written again: one
// sent anew gets a file of its own, so that what a record names is always whole.
type ossFolder struct {
	beside
	synced bool // a record must not outlive its file in a crash
}

var ecma = crc64.MakeTable(crc64.ECMA)

// take streams a body into a new file. It returns the CRC-64 over it too, which OSS tells its clients.
func (f ossFolder) take(name string, body io.Reader) (_ piece, sum uint64, err error) {
	to, file, err := f.create(name + ".")
	if err != nil {
		return piece{}, 0, fmt.Errorf("make a file for an upload: %w", err)
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err != nil {
			_ = f.beside.remove(file) // what stays is swept up when the sandbox opens
		}
	}()
	content, check := md5.New(), crc64.New(ecma)
	size, err := io.Copy(io.MultiWriter(to, content, check), body)
	if err == nil && f.synced {
		err = f.sync(to)
	}
	return piece{File: file, Size: size, MD5: hexSum(content)}, check.Sum64(), err
}

// sync makes sure that a file, and its name, outlive the process.
func (f ossFolder) sync(file *os.File) error {
	if err := file.Sync(); err != nil {
		return err
	}
	folder, err := f.make()
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// remove deletes pieces that no record names any more; one that cannot be deleted is swept up when the sandbox opens.
func (f ossFolder) remove(pieces []piece) {
	for _, p := range pieces {
		_ = f.beside.remove(p.File)
	}
}

// keepOnly removes the files of uploads that were cut or replaced just before the sandbox ended. What the sandbox did not
// name stays.
func (f ossFolder) keepOnly(known map[string]bool) error {
	entries, err := f.files()
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), objectPrefix) && !known[e.Name()] {
			err = errors.Join(err, f.beside.remove(e.Name()))
		}
	}
	return err
}

// open reads pieces one after the other.
func (f ossFolder) open(pieces []piece) io.ReadCloser { return &joined{folder: f, left: pieces} }

// joined has one file open at a time, because there can be ten thousand.
type joined struct {
	folder ossFolder
	left   []piece
	now    *os.File
}

func (j *joined) Read(b []byte) (int, error) {
	for {
		if j.now == nil && len(j.left) == 0 {
			return 0, io.EOF
		}
		if j.now == nil {
			next, err := j.folder.beside.open(j.left[0].File)
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
func (f ossFolder) md5(pieces []piece) (string, error) {
	if len(pieces) == 1 {
		return pieces[0].MD5, nil
	}
	whole := f.open(pieces)
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
