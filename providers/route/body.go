package route

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrChanged is the cause when a file is not as long as it was said to be.
var ErrChanged = errors.New("the file has changed")

// Body is the body of a request that sends a file, with what stands before and after it in a form. It gives exactly as
// many bytes of the file as were announced, or fails before the last of them is out, so that no service takes a file
// that changed under way for a whole one. No more of the file is in memory than one buffer.
type Body struct {
	Before, After string
	File          io.Reader
	Size          int64             // bytes of the file
	Clock         *Clock            // runs while they are sent, not while they are read
	Sent          func(bytes int64) // gets how many bytes of the file each read hands over; may be nil

	mu      sync.Mutex
	gone    int64 // bytes of the file that were handed over
	checked bool  // the file has ended where it should
	whole   bool  // all has been handed over
	closed  bool
	broken  error // reading the file failed
	last    int   // bytes handed over in the last Read
}

func (b *Body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, io.ErrClosedPipe
	case b.broken != nil:
		return 0, b.broken
	case len(p) == 0:
		return 0, nil
	}
	b.Clock.Moved(b.last) // the next read shows that they were sent
	n, err := b.next(p)
	b.last = n
	return n, err
}

// next hands over what comes next; io.EOF comes with the last bytes, so that all are known to be out with them.
func (b *Body) next(p []byte) (n int, err error) {
	if b.Before != "" {
		n = copy(p, b.Before)
		b.Before = b.Before[n:]
		return n, nil
	}
	if !b.checked {
		if n, err = b.readFile(p); err != nil || n > 0 && (!b.checked || b.After != "") {
			return n, err
		}
	}
	if n == 0 {
		n = copy(p, b.After)
		b.After = b.After[n:]
	}
	if b.After != "" {
		return n, nil
	}
	b.whole = true
	b.Clock.Sent()
	return n, io.EOF
}

// readFile reads on in the file. With its last bytes it looks whether there are more than there should be.
func (b *Body) readFile(p []byte) (n int, err error) {
	defer b.Clock.Pause()()
	if left := b.Size - b.gone; left > 0 {
		if n, err = readSome(b.File, p[:min(int64(len(p)), left)]); err == io.EOF {
			err = fmt.Errorf("%w: it ended after %d of %d bytes: %w", ErrChanged, b.gone, b.Size, io.ErrUnexpectedEOF)
		}
	}
	if err == nil && b.gone+int64(n) == b.Size {
		var more [1]byte
		switch _, err = readSome(b.File, more[:]); err {
		case io.EOF:
			b.checked, err = true, nil
		case nil:
			err = fmt.Errorf("%w: it is larger than the %d bytes it had before", ErrChanged, b.Size)
		}
	}
	if err != nil {
		b.broken = err
		return 0, err
	}
	if b.gone += int64(n); n > 0 && b.Sent != nil {
		b.Sent(int64(n))
	}
	return n, nil
}

// readSome reads at least a byte, or says why there is none. An error that comes with bytes comes again without.
func readSome(r io.Reader, p []byte) (int, error) {
	for range 100 {
		if n, err := r.Read(p); n > 0 || err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// Close waits for a Read that is under way; after it there is none.
func (b *Body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// Stop closes the body. It returns how many bytes of the file were handed over, whether all of the body was, and what
// reading the file failed on.
func (b *Body) Stop() (gone int64, whole bool, broken error) {
	b.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.gone, b.whole, b.broken
}
