package yomicloud

// Error is a call that failed: the call, the address, the HTTP status or transport error, the vendor's code and words.
type Error struct {
	Call     string // templet-list
	URL      string // without any secret
	Status   int    // HTTP status, 0 when there was no answer
	Code     int64  // the vendor's code, 0 when the answer had none
	Message  string // the vendor's own words
	Advice   string // what to do next
	Err      error  // the cause
	unknown  bool
	attempts int
}

func (e *Error) Error() string { panic("not built") }
func (e *Error) Unwrap() error { return e.Err }

// OutcomeUnknown reports whether the drive may have done what it was asked although no proper answer came.
func (e *Error) OutcomeUnknown() bool { return e.unknown }

// Refused reports whether the drive itself answered and said no.
func (e *Error) Refused() bool { return e.Code != 0 }
