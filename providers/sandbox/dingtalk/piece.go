package dingtalk

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"os"

	"countersign/providers/sandbox/store"
)

// piece is the bytes of one PUT: a whole file, or a part of one.
type piece struct {
	File string // its name in uploads
	Size int64
	MD5  string // lower-case hex
}

// uploads is the folder with what was uploaded, a file for each piece. A piece is never written again: one that is sent
// again gets a new file, so that a file that a record names is always complete.
type uploads struct{ store.Files }

// UploadsIn is where a store has the uploads of DingTalk.
func UploadsIn(s *store.Store) uploads { return uploads{s.Files("dingtalk")} }

var ecma = crc64.MakeTable(crc64.ECMA)

// take streams a body into a new file. It returns the CRC-64 over it too, which is in OSS's answer.
func (u uploads) take(name string, body io.Reader) (p piece, sum uint64, err error) {
	content, check := md5.New(), crc64.New(ecma)
	p.File, err = u.Take(name+".", func(to io.Writer) (err error) {
		p.Size, err = io.Copy(io.MultiWriter(to, content, check), body)
		return err
	})
	p.MD5 = hexSum(content)
	return p, check.Sum64(), err
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// remove deletes pieces that no record names any more.
func (u uploads) remove(pieces []piece) {
	for _, p := range pieces {
		u.Remove(p.File)
	}
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
