package stage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"

	"countersign/confine"
	"countersign/internal/parallel"
	"countersign/schema"
)

// ReadSources reads the files of attachments, side by side and bounded, and returns the attachments with each file's
// size and hash.
func ReadSources(ctx context.Context, attachments []schema.Attachment, parallelism int) ([]schema.Attachment,
	schema.Diagnostics) {
	out := slices.Clone(attachments)
	problems := make([]schema.Diagnostics, len(out))
	parallel.Do(len(out), min(parallelism, 4), func(i int) { // a disk is no faster for more
		out[i].Files = slices.Clone(out[i].Files)
		for j := range out[i].Files {
			f := &out[i].Files[j]
			if ctx.Err() != nil {
				return
			}
			size, sum, err := read(*f)
			if err != nil {
				problems[i] = append(problems[i], schema.Problem(schema.Error, out[i].Address, "files",
					"A file of an attachment cannot be read", "%s: %v", out[i].Address, err))
				continue
			}
			f.Size, f.SHA256 = size, sum
		}
	})
	return out, slices.Concat(problems...)
}

// read reads no more than the file said it holds, which for one that grows without end is not all of it.
func read(f schema.SourceFile) (int64, string, error) {
	file, err := confine.OpenIn(f.Folder, f.Path)
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(file, info.Size()+1))
	if err == nil && n != info.Size() {
		err = fmt.Errorf("%s changed while it was read", f.Path)
	}
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// OpenSource opens a file that was read before. Reading it to its end fails instead when it is not, byte for byte, what
// it was then: what a plan showed is what is staged, or nothing.
func OpenSource(f schema.SourceFile) (io.ReadCloser, error) {
	file, err := confine.OpenIn(f.Folder, f.Path)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || info.Size() != f.Size {
		file.Close()
		if err == nil {
			err = changed(f)
		}
		return nil, err
	}
	return &checkedFile{file: file, of: f, hash: sha256.New()}, nil
}

func changed(f schema.SourceFile) error {
	return fmt.Errorf("%s has changed since the plan was made; plan again", f.Path)
}

// checkedFile hashes what is read of it.
type checkedFile struct {
	file *os.File // not embedded: nothing must go round the hash
	of   schema.SourceFile
	hash hash.Hash
	read int64
}

// Close closes the file.
func (c *checkedFile) Close() error { return c.file.Close() }

// Read keeps back the last bytes until the whole is known to be what it was.
func (c *checkedFile) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.hash.Write(p[:n])
	c.read += int64(n)
	if c.read > c.of.Size || c.read == c.of.Size && n > 0 && hex.EncodeToString(c.hash.Sum(nil)) != c.of.SHA256 ||
		err == io.EOF && c.read != c.of.Size {
		return 0, changed(c.of)
	}
	return n, err
}
