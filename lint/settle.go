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

// suggest is the near word, or all there are.
func suggest(word string, known []string) string {
	if best := near.Name(word, known); best != "" {
		return fmt.Sprintf(" Did you mean %q?", best)
	}
	return " There are: " + strings.Join(known, ", ") + "."
}

// Settle takes out what comments in the files silence, gives the rest the severities that were set, and tells of
// comments that give no reason, or silence nothing. The diagnostics have their places; those without a code stay as
// they are. drive says that the lints that need the drive have run: otherwise it is not known whether a comment
// silences one of those.
func Settle(found schema.Diagnostics, set map[string]string, ignores []schema.Ignore, drive bool) schema.Diagnostics {
	used := make([]bool, len(ignores))
	var out schema.Diagnostics
	alike := map[spot]int{} // where in out the finding stands that many instances of a block share
	more := map[spot]int{}
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
			if _, there := alike[at]; there {
				more[at]++
				continue
			}
			alike[at] = len(out)
		}
		out = append(out, d)
	}
	for at, n := range more {
		out[alike[at]].Detail += fmt.Sprintf(" The same is found in %d more of its instances.", n)
	}
	return append(out, unheard(ignores, used, set, drive)...)
}

type spot struct {
	code, filename string
	at             int
}

// silenced reports whether a comment is about a finding, and notes each that is.
func silenced(d schema.Diagnostic, ignores []schema.Ignore, used []bool) (is bool) {
	for i, g := range ignores {
		if d.Range != nil && g.Code == d.Code && g.At.Filename == d.Range.Filename && g.From <= d.Range.Start.Line &&
			d.Range.Start.Line <= g.To {
			used[i] = true // without a reason it silences nothing, and is told as that
			is = is || g.Reason != ""
		}
	}
	return is
}

// unheard tells of comments that do nothing.
func unheard(ignores []schema.Ignore, used []bool, set map[string]string, drive bool) (out schema.Diagnostics) {
	for i, g := range ignores {
		at := g.At
		tell := func(summary, detail string, values ...any) {
			out = append(out, schema.Diagnostic{Severity: schema.Warning, Summary: summary,
				Detail: fmt.Sprintf(detail, values...), Range: &at})
		}
		l := Of(g.Code)
		switch {
		case g.Code == "":
			tell("Comment that silences nothing",
				"Write the code of a lint and a reason: # countersign:ignore CODE reason.")
		case l == nil:
			tell("Comment that silences nothing", "There is no lint %q.%s", g.Code, suggest(g.Code, Codes()))
		case g.Reason == "":
			tell("Lint ignored without a reason",
				"Nothing is silenced until the comment says why: # countersign:ignore %s reason.", g.Code)
		case !used[i] && set[g.Code] != Off && (drive || !l.Drive):
			tell("Comment that silences nothing",
				"%s finds nothing in what this comment is about. Take the comment out.", g.Code)
		}
	}
	return out
}
