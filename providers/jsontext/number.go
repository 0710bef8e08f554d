package jsontext

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Integer reads a whole number, written as a number or as a string of one. ok is false when nothing is there.
func (v Value) Integer() (n int64, ok bool, err error) {
	s := strings.TrimSpace(v.Words())
	if v.None() || v.Is('"') && s == "" {
		return 0, false, nil
	}
	if n, err = strconv.ParseInt(s, 10, 64); err == nil {
		return n, true, nil
	}
	// 7.0 and 7e0 are whole too; above 2^53 such a form would not say which number is meant.
	if f, err := strconv.ParseFloat(s, 64); err == nil && f == float64(int64(f)) && -1<<53 <= f && f <= 1<<53 {
		return int64(f), true, nil
	}
	return 0, false, fmt.Errorf("is %s, not a whole number", v.Shown())
}

// Number is Integer with 0 for nothing.
func (v Value) Number() (int64, error) {
	n, _, err := v.Integer()
	return n, err
}

// ID reads the id of something that must have one.
func (v Value) ID() (int64, error) {
	n, ok, err := v.Integer()
	switch {
	case err != nil:
		return 0, err
	case !ok:
		return 0, fmt.Errorf("is missing")
	}
	return n, nil
}

// Bool reads a truth value in any of its spellings; ok is false when it is none of them.
func (v Value) Bool() (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(v.Words())) {
	case "true", "1", "yes", "y":
		return true, true
	case "false", "0", "no", "n":
		return false, true
	}
	return false, false
}

// chinaTime is the zone of a date that the drive writes as text without naming one. It must not be this
// machine's zone: the same answer would mean one moment on a laptop and another in CI.
var chinaTime = time.FixedZone("UTC+8", 8*60*60)

// Moment reads a time for information alone, in Unix seconds: seconds or milliseconds, as a number or a string
// of one, or a date. It is 0 when it cannot be read.
func (v Value) Moment() int64 {
	if n, ok, err := v.Integer(); err == nil {
		if ok && n > 99_999_999_999 { // the year 5138 in seconds: these are milliseconds
			n /= 1000
		}
		return max(n, 0)
	}
	s := strings.TrimSpace(v.Text())
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04",
		"2006/01/02 15:04:05", "2006/1/2 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, chinaTime); err == nil {
			return max(t.Unix(), 0)
		}
	}
	return 0
}
