package budget

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/parallel"
)

// TestNobodyWaitsForever: work that cannot be stopped is abandoned when the time is up, but not while a person is
// asked.
func TestNobodyWaitsForever(t *testing.T) {
	b, _ := New(nil)
	b.clock.most = time.Millisecond
	never := make(chan bool)
	if got := Bounded(b, func() string { <-never; return "done" }, func() string { return "late" }); got != "late" {
		t.Error(got)
	}
	if d := b.Overdue(); !strings.Contains(d.Detail, "takes longer") {
		t.Error(d.Detail)
	}
	b, _ = New(nil)
	asked := make(chan bool)
	go func() {
		_, _ = b.clock.ask(func() (string, error) { asked <- true; <-never; return "", nil })
	}()
	<-asked
	b.clock.began = b.clock.began.Add(-time.Hour)
	if b.clock.left() <= 0 {
		t.Error("the clock runs while a person is asked")
	}
}

// TestPanicsReachTheCaller: a bug in an evaluation is a panic of the code that called it.
func TestPanicsReachTheCaller(t *testing.T) {
	b, _ := New(nil)
	defer func() {
		if p, is := recover().(*parallel.Panic); !is || p.Value != "by design" {
			t.Error(p)
		}
	}()
	Bounded(b, func() int { panic("by design") }, func() int { return 0 })
}
