package route

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// However a file is read and asked for, all of it comes, or not all of the body does.
func TestBody(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		content := strings.Repeat("x", r.IntN(40))
		size := max(len(content)+r.IntN(3)-1, 0)
		before, after := strings.Repeat("(", r.IntN(3)), strings.Repeat(")", r.IntN(3))
		var file io.Reader = strings.NewReader(content)
		switch r.IntN(4) {
		case 0:
			file = iotest.OneByteReader(file)
		case 1:
			file = iotest.DataErrReader(file)
		case 2:
			file = iotest.HalfReader(file)
		}
		_, clock, stop := WhileMoving(context.Background(), time.Hour)
		var sent int64
		b := &Body{Before: before, File: file, Size: int64(size), After: after, Clock: clock,
			Sent: func(n int64) { sent += n }}
		got, err := io.ReadAll(readsAtMost{b, 1 + r.IntN(50)})
		gone, whole, broken := b.Stop()
		stop()
		if size == len(content) {
			if string(got) != before+content+after || err != nil || !whole || broken != nil || gone != int64(size) ||
				sent != gone {
				t.Fatalf("seed %d: %q, %v, %d gone, whole %t", seed, got, err, gone, whole)
			}
		} else if !errors.Is(err, ErrChanged) || !errors.Is(broken, ErrChanged) || whole ||
			size > 0 && len(got) >= len(before)+size {
			t.Fatalf("seed %d, %d bytes of %d: %q, %v, whole %t", seed, len(content), size, got, err, whole)
		}
		if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.ErrClosedPipe {
			t.Fatalf("seed %d: read after its end: %d, %v", seed, n, err)
		}
	}
}

// readsAtMost asks for so many bytes at a time.
type readsAtMost struct {
	io.Reader
	n int
}

func (r readsAtMost) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), r.n)]) }

// A body is whole as soon as its last byte is handed over: whoever answers then may do so before it is read to its end.
func TestBodyIsWholeWithItsLastByte(t *testing.T) {
	_, clock, stop := WhileMoving(t.Context(), time.Hour)
	defer stop()
	b := &Body{File: strings.NewReader("abc"), Size: 3, Clock: clock}
	if n, err := b.Read(make([]byte, 3)); n != 3 || err != io.EOF {
		t.Error(n, err)
	}
	if _, whole, _ := b.Stop(); !whole {
		t.Error("not whole")
	}
}
