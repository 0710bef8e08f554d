package route

import (
	"fmt"
	"io"
)

// Sink is where a file goes that comes from a service. It keeps an error of the place apart from one of the line.
type Sink struct {
	To       io.Writer
	Most     int64               // bytes that may come in all
	Clock    *Clock              // stands still while To is written to
	Progress func(written int64) // may be nil
	Written  int64
	Err      error // writing to To failed
}

// Write writes on. The error wraps ErrTooLarge where more comes than may.
func (s *Sink) Write(p []byte) (int, error) {
	if s.Written+int64(len(p)) > s.Most {
		return 0, fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, s.Most)
	}
	resume := s.Clock.Pause()
	n, err := s.To.Write(p)
	resume()
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	s.Err = err
	if s.Written += int64(n); n > 0 && s.Progress != nil {
		s.Progress(s.Written)
	}
	return n, err
}

// Watch is a reader that reports what comes to the clock.
func (c *Clock) Watch(r io.Reader) io.Reader { return watched{r, c} }

type watched struct {
	io.Reader
	clock *Clock
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.clock.Moved(n)
	return n, err
}
