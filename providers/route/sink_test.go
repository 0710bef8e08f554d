package route

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// What is too much, and what cannot be written, are told apart; what was written is counted in any case.
func TestSink(t *testing.T) {
	_, clock, stop := WhileMoving(t.Context(), time.Hour)
	defer stop()
	var told int64
	s := Sink{To: io.Discard, Most: 4, Clock: clock, Progress: func(n int64) { told = n }}
	if n, err := io.Copy(&s, struct{ io.Reader }{strings.NewReader("four")}); n != 4 || err != nil || told != 4 {
		t.Error(n, told, err)
	}
	if n, err := s.Write([]byte("z")); n != 0 || !errors.Is(err, ErrTooLarge) || s.Err != nil || s.Written != 4 {
		t.Error(n, s.Written, err)
	}
	full := errors.New("no space left on device")
	s = Sink{To: short{1, full}, Most: 4, Clock: clock}
	if n, err := s.Write([]byte("abc")); n != 1 || err != full || s.Err != full || s.Written != 1 {
		t.Error(n, s.Written, err)
	}
	s = Sink{To: short{1, nil}, Most: 4, Clock: clock}
	if _, err := s.Write([]byte("abc")); err != io.ErrShortWrite || s.Err != err {
		t.Error(err)
	}
}

// short writes so many bytes and ends so.
type short struct {
	n   int
	err error
}

func (s short) Write([]byte) (int, error) { return s.n, s.err }
