package stage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"countersign/internal/parallel"
	"countersign/providers/route"
	"countersign/providers/tencentess"
	"countersign/schema"
)

// ESign fetches signed contracts from Tencent's e-sign service.
type ESign struct{ Client *tencentess.Client }

// ContractsAtOnce bounds the downloads that run side by side: their links live five minutes.
const ContractsAtOnce = 4

// mostContracts is how many bytes the contracts of one attachment may have together: they are kept on this machine's
// disk until they are staged.
const mostContracts = 8 << 30

// room is the space that downloads share. It is full for good once one of them found it full.
type room struct{ left atomic.Int64 }

func (r *room) Write(p []byte) (int, error) {
	if r.left.Add(-int64(len(p))) < 0 {
		return 0, fmt.Errorf("the contracts have more than %d GiB together; declare their flows in several attachments",
			mostContracts>>30)
	}
	return len(p), nil
}

// Fetch writes the contracts of flows into a folder, under names that are safe and that no two share. All flows are
// tried; but a set of contracts with one missing is not the one that was asked for, so that any failure fails the
// whole, and the error names every flow that failed with the vendor's words.
func (c ESign) Fetch(ctx context.Context, flows []string, into string, progress func(got int64)) ([]schema.SourceFile,
	error) {
	resources, err := c.Client.Resources(ctx, flows)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range resources {
		for _, f := range r.Files {
			names = append(names, f.Name)
		}
	}
	names = route.SafeNames(names)

	got := &tally{report: progress}
	got.room.left.Store(mostContracts)
	mine := make([][]string, len(resources)) // the names of each flow's files
	for i, r := range resources {
		mine[i], names = names[:len(r.Files)], names[len(r.Files):]
	}
	fetched := make([][]schema.SourceFile, len(resources))
	errs := parallel.Each(len(resources), ContractsAtOnce, func(i int) (err error) {
		switch r := resources[i]; {
		case r.Err != nil:
			return r.Err
		case len(r.Files) == 0:
			return fmt.Errorf("flow %s: the service names no file of it", r.ID)
		default:
			fetched[i], err = c.flow(ctx, r, mine[i], into, got)
			return err
		}
	})
	if err := errors.Join(errs...); err != nil {
		if failed := len(slices.DeleteFunc(slices.Clone(errs),
			func(e error) bool { return e == nil })); failed < len(errs) {
			err = fmt.Errorf("%w\n%d of %d contracts are missing, so that nothing was staged: all or none are", err,
				failed, len(errs))
		}
		return nil, err
	}
	files := slices.Concat(fetched...)
	slices.SortFunc(files, func(a, b schema.SourceFile) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

// flow downloads the files of one flow. It asks once more for a link that has expired.
func (c ESign) flow(ctx context.Context, r tencentess.Flow, names []string, into string,
	got *tally) ([]schema.SourceFile, error) {
	files := make([]schema.SourceFile, len(r.Files))
	links := r.Files
	for i := range links {
		var err error
		files[i], err = c.download(ctx, links[i], names[i], into, got)
		if errors.Is(err, tencentess.ErrExpired) {
			again, err2 := c.Client.Resources(ctx, []string{r.ID})
			if err2 != nil || again[0].Err != nil || len(again[0].Files) != len(links) {
				return nil, fmt.Errorf("flow %s: %w", r.ID, errors.Join(err, err2))
			}
			links = again[0].Files
			files[i], err = c.download(ctx, links[i], names[i], into, got)
		}
		if err != nil {
			return nil, fmt.Errorf("flow %s: %w", r.ID, err)
		}
	}
	return files, nil
}

// download writes one file and hashes it on the way.
func (c ESign) download(ctx context.Context, from tencentess.File, name, into string, got *tally) (f schema.SourceFile,
	err error) {
	f = schema.SourceFile{Name: name, Path: filepath.Join(into, name)}
	file, err := os.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return f, err
	}
	defer func() { err = cmp.Or(err, file.Close()) }()
	h := sha256.New()
	var before int64
	f.Size, err = c.Client.Fetch(ctx, from, io.MultiWriter(&got.room, file, h), func(written int64) {
		got.add(written - before)
		before = written
	})
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	return f, err
}

// tally adds up what several downloads have got.
type tally struct {
	room   room
	mu     sync.Mutex
	total  int64
	report func(int64)
}

func (t *tally) add(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += n
	t.report(t.total)
}
