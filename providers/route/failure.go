package route

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

var (
	// ErrUnreadable is the cause when an answer is not what the vendor's document says.
	ErrUnreadable = errors.New("the answer is not as documented")

	// ErrShort is the cause when a list is not whole, by what stands beside it.
	ErrShort = errors.New("the list is not whole, and nothing is concluded from it")
)

// Error is a call to a service that failed. What is empty or 0 is not known. No field holds a secret, not even where
// the service sent it back.
type Error struct {
	Call      string
	URL       string // of a signed address the host alone
	About     string // what was asked for
	Status    int    // HTTP status
	Code      string // the vendor's code
	Message   string // the vendor's words
	Err       error  // the cause
	RequestID string // by which the vendor's support finds the call
	Tries     int
	Advice    string // what to do next

	Unknown   bool          // see OutcomeUnknown
	Missing   bool          // see NotFound
	Again     bool          // the same call may be sent once more
	Throttled bool          // it came too soon after others: wait before it is sent again
	Wait      time.Duration // before it is sent again, as the service asks; 0: it does not
}

// Error is one line: call, address, what was asked for, status, code, the vendor's words and what they mean, the cause,
// advice.
func (e *Error) Error() string {
	var b strings.Builder
	add := func(before, s, after string) {
		if s != "" {
			b.WriteString(before + s + after)
		}
	}
	add("", e.Call, "")
	add(" ", e.URL, "")
	add(" (", e.About, ")")
	add(": ", e.status(), "")
	add(": ", e.Code, "")
	add(": ", Glossed(e.Message), "")
	add(": ", e.cause(), "")
	add(" [request ", e.RequestID, "]")
	if e.Tries > 1 {
		fmt.Fprintf(&b, " (tried %d times)", e.Tries)
	}
	add(" — ", e.Advice, "")
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// status says a status other than 200.
func (e *Error) status() string {
	if e.Status == 0 || e.Status == http.StatusOK {
		return ""
	}
	return strings.TrimRight(fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status)), " ")
}

func (e *Error) cause() string {
	if e.Err == nil {
		return ""
	}
	return Line(e.Err.Error(), 3*mostLine) // the whole error of another call may be in it
}

// OutcomeUnknown reports whether the service may have done what it was asked although no proper answer came: true for a
// write that was sent and got a time-out, a cut connection, a 5xx, half a body or something unreadable.
func (e *Error) OutcomeUnknown() bool { return e.Unknown }

// Refused reports whether the service itself answered and said no. A code that comes with a 5xx is not such an answer:
// it may be a gateway's, that does not know what became of the call.
func (e *Error) Refused() bool { return e.Code != "" && e.Status < 500 }

// NotFound reports whether the service said clearly that what was asked for is not there. Whatever else may be wrong
// (the rights, the network, an answer without what was asked for) is not that.
func (e *Error) NotFound() bool { return e.Missing }

// Incomplete reports whether the service answered with a list that is not whole, by its own words: nothing must be
// concluded from what is not in it.
func (e *Error) Incomplete() bool { return errors.Is(e.Err, ErrShort) }

var numbers = regexp.MustCompile(`[0-9]+`)

// Reason is the error without what was asked for: calls that failed for one reason, a wrong token say, have the same.
func (e *Error) Reason() string {
	bare := *e
	bare.About, bare.Tries = "", 0
	bare.Message = numbers.ReplaceAllString(bare.Message, "…") // such as the id of what was asked for
	return bare.Error()
}

// why is the shortest word on what went wrong.
func (e *Error) why() string {
	return cmp.Or(e.status(), e.Code, Unreached(e.Err), e.cause())
}

// mostLine is how many characters of a service's words are shown.
const mostLine = 300

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

// Words puts foreign words on one line of bearable length.
func Words(s string) string { return Line(s, mostLine) }

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// Excerpt is what a reader needs of an answer that is not what it should be: a page's title, or how a text begins; ""
// of nothing.
func Excerpt(text string, hide func(string) string) string {
	text = strings.TrimSpace(text)
	text = text[:min(len(text), 64<<10)]
	if !strings.HasPrefix(text, "<") {
		return Words(hide(strings.ToValidUTF8(text, "\uFFFD")))
	}
	if m := pageTitle.FindStringSubmatch(text); m != nil {
		if title := Words(hide(html.UnescapeString(m[1]))); title != "" {
			return "a page titled " + strconv.Quote(title)
		}
	}
	return "a page without a title"
}

// JoinErrors puts several errors on one line, the first ten of them; nil ones are left out.
func JoinErrors(errs []error) error {
	const most = 10
	var all []string
	for _, err := range errs {
		if err != nil {
			all = append(all, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	if n := len(all); n > most {
		all = append(all[:most], fmt.Sprintf("and %d more", n-most))
	}
	return errors.New(strings.Join(all, "; "))
}
