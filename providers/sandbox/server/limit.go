package server

import (
	"sync"
	"time"
)

// CallsPerSecond is how many calls DingTalk and Tencent let an application make to one interface in a second.
const CallsPerSecond = 20

// Limiter counts calls in each second of the clock, as the vendors' documents imply. A call that is refused does not
// count.
type Limiter struct {
	mu     sync.Mutex
	second int64
	made   map[string]int
}

// Allow reports whether one more call under that key may be made now.
func (l *Limiter) Allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second := now.Unix(); second != l.second || l.made == nil {
		l.second, l.made = second, map[string]int{}
	}
	if l.made[key] == CallsPerSecond {
		return false
	}
	l.made[key]++
	return true
}
