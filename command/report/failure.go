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

// FailureOf is the JSON document that the command which these arguments name prints when it fails. It is of the same
// kind as what that command prints otherwise, so that programs need to know no other.
func FailureOf(args []string) func(schema.Diagnostics) ([]byte, error) {
	command := slices.IndexFunc(args, func(a string) bool { return a == "apply" || a == "destroy" || a == "validate" })
	switch {
	case command < 0:
		return viewjson.Failure
	case args[command] == "validate":
		return viewjson.Diagnostics
	}
	return failureLines
}

// failureLines are the lines of an apply that could not even start.
func failureLines(d schema.Diagnostics) ([]byte, error) {
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
