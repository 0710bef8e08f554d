package schema

import "countersign/schema/addr"

// LintSetting is one line of a lint block: the severity of what one lint finds.
type LintSetting struct {
	Address  addr.Address // lint.CODE
	Code     string
	Severity string // as written
}

// Ignore is a comment that switches off a lint for a part of a file, because what it finds there is intended.
type Ignore struct {
	Code, Reason string // either may be missing
	At           Range  // of the comment
	From, To     int    // the lines that it is about, the first and the last
}
