package write

import (
	"fmt"
	"sync"
	"time"
)

// latest is how long after it began to be noted something is sent at most. Noting it renews the lock, and a lock lasts
// longer than that. So a machine that sleeps until another run has its lock does not send, once it is awake, what that
// run has dealt with.
const latest = 45 * time.Second

// Late refuses to send what began to be noted too long ago.
func Late(began time.Time) error {
	// One clock may stand still while the machine sleeps, and the other may be set.
	passed := max(time.Since(began), time.Now().Round(0).Sub(began.Round(0)))
	if passed <= latest {
		return nil
	}
	return NotSent(fmt.Errorf("not sent, because that was noted %s ago and another run may have dealt with it since: "+
		"plan again", passed.Round(time.Second)))
}

// Timely returns what is asked right before each call of what began to be noted at that time: a call may wait long for
// its turn, or come after others that took long. When it is late it is noted again, which fails when another run has
// the lock. Calls may come side by side.
func Timely(began time.Time, again func() error) func() error {
	var mu sync.Mutex
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		if Late(began) != nil {
			now := time.Now()
			if err := again(); err != nil {
				return err
			}
			began = now
		}
		return Late(began)
	}
}
