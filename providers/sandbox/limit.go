package sandbox

import (
	"sync"
	"time"
)

// callsPerSecond is how many calls DingTalk and Tencent let an application make to one interface in a second.
const callsPerSecond = 20

// limiter counts calls in each second of the clock, as the vendors' words on their limits imply. A call that is turned
// away does not count.
type limiter struct {
	mu     sync.Mutex
	second int64
	made   map[string]int
}

// allow reports whether one more call under that key may be made now.
func (l *limiter) allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second := now.Unix(); second != l.second || l.made == nil {
		l.second, l.made = second, map[string]int{}
	}
	if l.made[key] == callsPerSecond {
		return false
	}
	l.made[key]++
	return true
}
