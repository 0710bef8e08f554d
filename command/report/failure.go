package report

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"countersign/command/run"
	"countersign/schema"
	viewjson "countersign/view/json"
)

// failure is what stands on standard output for a command that failed where JSON is wanted: its own kind of document,
// so that whoever reads it needs to know no other.
type failure func(schema.Diagnostics) ([]byte, error)

// FailureOf is the failure of the command that these arguments name.
func FailureOf(args []string) failure {
	command := slices.IndexFunc(args, func(a string) bool { return a == "apply" || a == "destroy" || a == "validate" })
	switch {
	case command < 0:
		return viewjson.Failure
	case args[command] == "validate":
		return viewjson.Diagnostics
	}
	return FailureLines
}

// FailureLines are the lines of an apply that did not come to its plan.
func FailureLines(d schema.Diagnostics) ([]byte, error) {
	var out bytes.Buffer
	viewjson.NewLines(&out, run.VersionString()).Diagnostics(d)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// AsksForJSON reports whether arguments that may be wrong, and so are not parsed, ask for JSON.
func AsksForJSON(args []string) bool {
	asked := false
	for _, a := range args {
		name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "=")
		switch {
		case a == "--":
			return asked
		case name != "json" || a == name:
		case !given:
			asked = true
		default:
			asked, _ = strconv.ParseBool(value)
		}
	}
	return asked
}
