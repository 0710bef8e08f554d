package yomicloud

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longestWait bounds what a Retry-After can ask for, unless the options say more: who waits for a plan wants to hear of
// the fault before that.
const longestWait = time.Minute

// aDay bounds what is read of a Retry-After at all.
const aDay = 24 * time.Hour

// retryAfter reads the header of that name: seconds, or a date; 0 when it says nothing, or nothing useful.
func retryAfter(header string) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(aDay/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), 0), aDay)
	}
	return 0
}
