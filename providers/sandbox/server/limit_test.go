package server

import (
	"testing"
	"time"
)

func TestCallsInASecond(t *testing.T) {
	var l Limiter
	at := time.Unix(1700000000, 0)
	for n := range CallsPerSecond {
		if !l.Allow("a", at.Add(time.Duration(n)*time.Millisecond)) {
			t.Fatalf("call %d was turned away", n+1)
		}
	}
	if l.Allow("a", at.Add(999*time.Millisecond)) {
		t.Error("one more than the limit was let in")
	}
	if !l.Allow("b", at) {
		t.Error("one interface used up the calls of another")
	}
	if !l.Allow("a", at.Add(time.Second)) {
		t.Error("the next second had no calls")
	}
}
