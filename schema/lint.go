package schema

import "countersign/schema/addr"

// LintSetting is one line of a lint block: how severe what a lint finds is.
type LintSetting struct {
	Address  addr.Address // lint.CODE, by which its line is found
	Code     string
	Severity string // as written
}

// Ignore is a comment in the files that says of a part of them that what a lint finds there is known and meant.
type Ignore struct {
	Code, Reason string // either may be missing
	At           Range  // of the comment
	From, To     int    // the lines that it is about, the first and the last
}
