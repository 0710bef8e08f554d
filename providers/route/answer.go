package route

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"
)

// ErrTooLarge is the cause when an answer, packed or not, is more than any that the service has reason to give.
var ErrTooLarge = errors.New("the answer is too large")

// ErrPacking is the cause when an answer is packed in a way that was not asked for, or cannot be unpacked.
var ErrPacking = errors.New("the answer cannot be unpacked")

const (
	// mostPacked is how many times as large as it came an answer may become when it is unpacked. Lists of templates
	// that differ in little but their ids come to a hundred and some; what is made to become large comes to a thousand.
	// Answers below packedFloor are not looked at.
	mostPacked  = 250
	packedFloor = 1 << 20

	// What an answer costs while it is read and decoded, in bytes of memory: its own, twice while the text grows, and
	// what is made of it; and for each of its values, however short, what stands for it.
	costOfByte  = 3
	costOfValue = 64
	mostCost    = 8 // times the bytes that an answer may have, which leaves five bytes to a value

	freeBytes = 64 << 10 // of each answer, which is more than most answers have
)

// Budget bounds the memory that all answers under way take together. Answers share a pool. An answer that finds the
// pool empty waits for the one place outside of it. So one answer can always be read to its end, and all of them
// together never take more than the pool and the largest one.
type Budget struct {
	pool  *semaphore.Weighted
	alone *semaphore.Weighted
}

// Shared is the budget of all clients of this process that are given none of their own.
var Shared = NewBudget(128 << 20)

// NewBudget returns a budget with a pool of so many bytes.
func NewBudget(pool int64) *Budget {
	return &Budget{semaphore.NewWeighted(pool), semaphore.NewWeighted(1)}
}

// Answer is the body of an answer, unpacked.
type Answer struct {
	Text  string
	share share
}

// Done gives back what the answer took of its budget, once it has been decoded. A caller that makes another call before
// Done may wait for itself. Done may be called several times.
func (a *Answer) Done() {
	if a != nil {
		a.share.release()
	}
}

// Read reads the body of an answer whole, unpacked, and at most so many bytes of it. pause, if not nil, is called
// before the answer has to wait for others, and what it returns is called after that, because the service is not to
// blame for that time. The error wraps ErrTooLarge, ErrPacking, or io.ErrUnexpectedEOF where the body broke off.
func (b *Budget) Read(ctx context.Context, resp *http.Response, most int64, pause func() (resume func())) (*Answer,
	error) {
	tooLarge := func(format string, values ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrTooLarge}, values...)...)
	}
	in := &counted{Reader: resp.Body}
	body, packed, err := unpacked(resp.Header, in)
	switch {
	case err != nil:
		return nil, err
	case resp.ContentLength > most: // packed, it would be no smaller
		return nil, tooLarge("it announces %d bytes, more than %d", resp.ContentLength, most)
	}
	a := &Answer{share: share{budget: b, pause: pause}}
	var text strings.Builder
	if n := resp.ContentLength; n > 0 && n <= freeBytes && !packed {
		text.Grow(int(n))
	}
	buf := parts.Get().(*[32 << 10]byte)
	defer parts.Put(buf)
	for values := int64(0); ; {
		n, err := body.Read(buf[:])
		if err != nil && err != io.EOF {
			err = fmt.Errorf("the answer broke off after %d bytes: %w", text.Len()+n, err)
		}
		length := int64(text.Len() + n)
		values += int64(bytes.Count(buf[:n], []byte{','}))
		switch {
		case length > most:
			err = tooLarge("more than %d bytes", most)
		case packed && length > packedFloor && length/mostPacked > in.n:
			err = tooLarge("%d bytes became more than %d when they were unpacked", in.n, length)
		case cost(length, values) > mostCost*most:
			err = tooLarge("more than %d values in %d bytes", values, length)
		case n > 0:
			if length > freeBytes {
				if full := a.share.grow(ctx, cost(length, values)); full != nil {
					err = full
				}
			}
			text.Write(buf[:n])
		}
		switch {
		case err == io.EOF:
			a.Text = text.String()
			return a, nil
		case err != nil:
			a.Done()
			return nil, err
		}
	}
}

var parts = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// unpacked is a body without what its Content-Encoding says was done to it: nothing, or gzip, once.
func unpacked(header http.Header, in io.Reader) (_ io.Reader, packed bool, err error) {
	how := strings.ToLower(strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ", ")))
	switch how {
	case "", "identity":
		return in, false, nil
	case "gzip", "x-gzip":
		return &gunzip{in: in}, true, nil
	}
	return nil, false, fmt.Errorf("%w: it came as %s, and gzip was asked for", ErrPacking, Line(how, 40))
}

// CheckUnpacked reports, with an error that wraps ErrPacking, an answer that should be a file's own bytes and came
// packed.
func CheckUnpacked(resp *http.Response) error {
	if _, packed, err := unpacked(resp.Header, nil); err != nil || packed {
		return fmt.Errorf("%w: it came as %s, and the file as it is was asked for", ErrPacking,
			Line(resp.Header.Get("Content-Encoding"), 40))
	}
	return nil
}

// gunzip unpacks. A body of nothing is nothing.
type gunzip struct {
	in  io.Reader
	zip *gzip.Reader
}

func (g *gunzip) Read(b []byte) (n int, err error) {
	if g.zip == nil {
		g.zip, err = gzip.NewReader(g.in)
	}
	if err == nil {
		n, err = g.zip.Read(b)
	}
	return n, packing(err)
}

// packing names what is wrong with packed bytes, and leaves what is wrong with the line as it is.
func packing(err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) {
		return fmt.Errorf("%w: %w", ErrPacking, err)
	}
	return err
}

// counted counts what comes.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	return n, err
}

func cost(length, values int64) int64 { return length*costOfByte + values*costOfValue }

// share is what one answer has taken of a budget.
type share struct {
	budget *Budget
	pause  func() (resume func())
	taken  int64 // of the pool
	alone  bool  // it need take no more
	once   sync.Once
}

// grow takes what is to be used, a quarter ahead as the text grows: not for every part that comes.
func (s *share) grow(ctx context.Context, used int64) error {
	if s.alone || used <= s.taken {
		return nil
	}
	more := used + used/4 - s.taken
	if s.budget.pool.TryAcquire(more) {
		s.taken += more
		return nil
	}
	if !s.budget.alone.TryAcquire(1) {
		if s.pause != nil {
			defer s.pause()()
		}
		if s.budget.alone.Acquire(ctx, 1) != nil {
			return context.Cause(ctx)
		}
	}
	s.alone = true
	return nil
}

func (s *share) release() {
	s.once.Do(func() {
		if s.taken > 0 {
			s.budget.pool.Release(s.taken)
		}
		if s.alone {
			s.budget.alone.Release(1)
		}
	})
}
