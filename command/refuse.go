package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
)

// refusal is -refuse: verdicts that end a command with their own exit code, so that a pipeline can ask a second
// reviewer.
type refusal struct {
	given   string
	results []policy.Result
}

func (r *refusal) flag() cli.Flag {
	return cmdline.Text(&r.given, "refuse",
		"exit 4 for one of `VERDICTS`: weaker, incomparable, undecided, stronger, same")
}

// parse reads the flag. A verdict that does not exist would never be refused, so it is an error.
func (r *refusal) parse() error {
	if r.given == "" {
		return nil
	}
	known := verdicts()
	for word := range strings.SplitSeq(r.given, ",") {
		word = strings.TrimSpace(word)
		if !slices.Contains(known, word) {
			return fault.New("There is no such verdict",
				"-refuse=%s: there is no verdict %q.%s Write one or more of %s, with commas between them. "+
					"Nothing was done.", r.given, word, cmdline.Suggest(word, known), strings.Join(known, ", "))
		}
		r.results = append(r.results, policy.Result(word))
	}
	return nil
}

// verdicts are the words that the flag takes.
func verdicts() []string {
	known := make([]string, len(policy.Results))
	for i, result := range policy.Results {
		known[i] = string(result)
	}
	return known
}

// check ends the command where a verdict is refused, and says which. One that is not decided might be any of them, so
// it is always refused.
func (r *refusal) check(out *report.Report, p *plans.Plan, verdicts func(*plans.Plan) []view.Verdict) error {
	if len(r.results) == 0 {
		return nil
	}
	l := view.NamesOf(p)
	var lines []string
	for _, v := range verdicts(p) {
		if v.Result == policy.Undecided || slices.Contains(r.results, v.Result) {
			lines = append(lines, fmt.Sprintf("%s (%s): %s", v.Address, v.Result, l.VerdictWords(v)))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	out.Note(schema.Diagnostics{{Severity: schema.Error, Summary: "Refused by -refuse=" + r.given,
		Detail: strings.Join(lines, "\n")}})
	return fault.Exit(fault.ExitRefused)
}
