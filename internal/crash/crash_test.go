package crash_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/internal/crash"
)

func TestGroupRaisesPanics(t *testing.T) {
	done := false
	defer func() {
		p, is := recover().(*crash.Panic)
		if !is || p.Value != "one" || !strings.Contains(string(p.Stack), "crash_test.explode") || !done {
			t.Errorf("%v, all done: %v", p, done)
		}
	}()
	var g crash.Group
	g.Go(func() { explode("one") })
	g.Go(func() { done = true })
	g.Wait()
	t.Error("Wait returned")
}

func TestCaughtIsAnError(t *testing.T) {
	err := func() (err error) {
		defer crash.Caught(&err)
		explode("two")
		return nil
	}()
	if err == nil || err.Error() != "a bug in this program: two" {
		t.Errorf("%v", err)
	}
	defer func() {
		if p := recover(); p != err {
			t.Errorf("raised %v", p)
		}
	}()
	if other := errors.New("other"); crash.Raise(other) != other || crash.Raise(nil) != nil {
		t.Error("an error that is no panic is changed")
	}
	_ = crash.Raise(err) // panics
	t.Error("Raise returned")
}

func explode(what string) { panic(what) }
