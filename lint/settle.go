package lint

import (
	"fmt"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/near"
)

// Off is the severity that no finding has.
const Off = "off"

// Severities are what a lint block can set.
var Severities = []string{string(schema.Error), string(schema.Warning), string(schema.Notice), Off}

// Settings are the severities that a lint block sets, by code, and what is wrong with it: a lint that does not exist
// would never find anything, so it is an error.
func Settings(written []schema.LintSetting) (set map[string]string, wrong schema.Diagnostics) {
	set = map[string]string{}
	for _, w := range written {
		switch {
		case Of(w.Code) == nil:
			wrong = append(wrong, schema.Problem(schema.Error, w.Address, "", "There is no such lint",
				"There is no lint %q.%s", w.Code, suggest(w.Code, Codes())))
		case !slices.Contains(Severities, w.Severity):
			wrong = append(wrong, schema.Problem(schema.Error, w.Address, "", "Invalid severity of a lint",
				"%s cannot be %q.%s", w.Code, w.Severity, suggest(w.Severity, Severities)))
		default:
			set[w.Code] = w.Severity
		}
	}
	return set, wrong
}

// suggest is a hint at the nearest known word, or at all of them.
func suggest(word string, known []string) string {
	if best := near.Name(word, known); best != "" {
		return fmt.Sprintf(" Did you mean %q?", best)
	}
	return " There are: " + strings.Join(known, ", ") + "."
}

// Settle removes what comments in the files silence, gives the rest the severities that were set, and warns of comments
// that give no reason or silence nothing. The diagnostics have their ranges already; those without a code stay as they
// are. drive says whether the lints that need the drive have run: otherwise nobody knows whether a comment silences one
// of those.
func Settle(found schema.Diagnostics, set map[string]string, ignores []schema.Ignore, drive bool) schema.Diagnostics {
	used := make([]bool, len(ignores))
	var out schema.Diagnostics
	first := map[spot]int{} // by where it is: the place in out of a finding that instances of one block share
	more := map[spot]int{}  // how many more instances share it
	for _, d := range found {
		if d.Code == "" {
			out = append(out, d)
			continue
		}
		if silenced(d, ignores, used) || set[d.Code] == Off {
			continue
		}
		if severity := set[d.Code]; severity != "" {
			d.Severity = schema.Severity(severity)
		}
		d.Summary = fmt.Sprintf("%s (%s)", d.Summary, d.Code)
		if d.Address.Key != "" && d.Range != nil {
			at := spot{d.Code, d.Range.Filename, d.Range.Start.Byte}
			if _, known := first[at]; known {
				more[at]++
				continue
			}
			first[at] = len(out)
		}
		out = append(out, d)
	}
	for at, n := range more {
		out[first[at]].Detail += fmt.Sprintf(" The same is found in %d more of its instances.", n)
	}
	return append(out, unused(ignores, used, set, drive)...)
}

type spot struct {
	code, filename string
	at             int
}

// silenced reports whether a comment silences a finding, and marks every comment about it as used.
func silenced(d schema.Diagnostic, ignores []schema.Ignore, used []bool) (is bool) {
	for i, g := range ignores {
		if d.Range != nil && g.Code == d.Code && g.At.Filename == d.Range.Filename && g.From <= d.Range.Start.Line &&
			d.Range.Start.Line <= g.To {
			used[i] = true // one without a reason silences nothing, and gets a warning of its own
			is = is || g.Reason != ""
		}
	}
	return is
}

// unused warns of comments that do nothing.
func unused(ignores []schema.Ignore, used []bool, set map[string]string, drive bool) (out schema.Diagnostics) {
	for i, g := range ignores {
		at := g.At
		warn := func(summary, detail string, values ...any) {
			out = append(out, schema.Diagnostic{Severity: schema.Warning, Summary: summary,
				Detail: fmt.Sprintf(detail, values...), Range: &at})
		}
		l := Of(g.Code)
		switch {
		case g.Code == "":
			warn("Comment that silences nothing",
				"Write the code of a lint and a reason: # countersign:ignore CODE reason.")
		case l == nil:
			warn("Comment that silences nothing", "There is no lint %q.%s", g.Code, suggest(g.Code, Codes()))
		case g.Reason == "":
			warn("Lint ignored without a reason",
				"Nothing is silenced until the comment says why: # countersign:ignore %s reason.", g.Code)
		case !used[i] && set[g.Code] != Off && (drive || !l.Drive):
			warn("Comment that silences nothing",
				"%s finds nothing in what this comment is about. Take the comment out.", g.Code)
		}
	}
	return out
}
