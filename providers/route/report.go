package route

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// Report is a failed call as its reader sees it. What is empty or 0 is left out.
type Report struct {
	Call      string
	URL       string
	About     string // what was asked for
	Status    int    // HTTP status
	Code      string // the vendor's code
	Message   string // the vendor's words
	Cause     string
	RequestID string // by which the vendor's support finds the call
	Tries     int
	Advice    string
}

// String is one line: call, address, what was asked for, status, code, the vendor's words and what they mean, the cause,
// advice.
func (r Report) String() string {
	var b strings.Builder
	add := func(before, s, after string) {
		if s != "" {
			b.WriteString(before + s + after)
		}
	}
	add("", r.Call, "")
	add(" ", r.URL, "")
	add(" (", r.About, ")")
	if r.Status != 0 && r.Status != http.StatusOK {
		b.WriteString(strings.TrimRight(fmt.Sprintf(": HTTP %d %s", r.Status, http.StatusText(r.Status)), " "))
	}
	add(": ", r.Code, "")
	add(": ", Glossed(r.Message), "")
	add(": ", r.Cause, "")
	add(" [request ", r.RequestID, "]")
	if r.Tries > 1 {
		fmt.Fprintf(&b, " (tried %d times)", r.Tries)
	}
	add(" — ", r.Advice, "")
	return b.String()
}

// Why is the shortest word on what went wrong: the status, or the vendor's code, or the cause.
func (r Report) Why() string {
	switch {
	case r.Status != 0 && r.Status != http.StatusOK:
		return strings.TrimRight(fmt.Sprintf("HTTP %d %s", r.Status, http.StatusText(r.Status)), " ")
	case r.Code != "":
		return r.Code
	}
	return r.Cause
}

// Line puts foreign words on one line of at most so many characters.
func Line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r)
	}), " ")
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// JoinErrors puts several errors on one line, the first five of them.
func JoinErrors(errs []error) error {
	const most = 5
	var b strings.Builder
	for i, err := range errs {
		if i == most {
			fmt.Fprintf(&b, "; and %d more", len(errs)-most)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(err.Error())
	}
	return errors.New(b.String())
}
