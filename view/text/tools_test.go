package text

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view/viewtest"
)

// What tfcmt and Atlantis look for in a plan, as they spell it.
var (
	tfcmtPass    = regexp.MustCompile(`(?m)^(Plan: \d|No changes.)`)
	tfcmtOutputs = regexp.MustCompile(`(?m)^Changes to Outputs:`)
	tfcmtCreate  = regexp.MustCompile(`(?m)^ *# (.*) will be created$`)
	tfcmtUpdate  = regexp.MustCompile(`(?m)^ *# (.*) will be updated in-place$`)
	tfcmtDelete  = regexp.MustCompile(`(?m)^ *# (.*) will be destroyed$`)
	tfcmtReplace = regexp.MustCompile(`(?m)^ *# (.*?)(?: is tainted, so)? must be replaced$`)
	tfcmtImport  = regexp.MustCompile(`(?m)^ *# (.*?) will be imported$`)
	tfcmtFrom    = regexp.MustCompile(`(?m)^ *# .* will be updated in-place\n *# \(imported from (.*?)\)$`)
	tfcmtFail    = regexp.MustCompile(`(?m)^([│|] )?(Error: )`)
	atlantisPlan = regexp.MustCompile(`Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy.`)
	atlantisNone = regexp.MustCompile(
		`No changes. (Infrastructure is up-to-date|Your infrastructure matches the configuration).`,
	)
)

func TestToolsReadPlans(t *testing.T) {
	all := viewtest.Plans()
	render := func(name string) string {
		var b bytes.Buffer
		if err := Plan(&b, all[name], Settings{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	addresses := func(re *regexp.Regexp, text string) string {
		var out []string
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		plan string
		re   *regexp.Regexp
		want string
	}{
		{"create", tfcmtCreate, "template.modify"},
		{"update-fields", tfcmtUpdate, "template.modify"},
		{"for-each", tfcmtUpdate, `template.upload["研发部"] template.upload["法务部"] template.upload["财务部"]`},
		{"destroy", tfcmtDelete, `template.old template.stale (deposed object 8) unmanaged.template["12"]`},
		{"replace", tfcmtReplace, "template.modify"},
		{"replace-asked", tfcmtReplace, "template.modify"},
		{"import", tfcmtImport, "template.modify"},
		{"import", tfcmtFrom, `"5"`},
		// what is not done must not count as done
		{"held-back", tfcmtDelete, ""},
		{"refused", tfcmtCreate, ""},
		{"unmanaged", tfcmtDelete, ""},
		{"drift", tfcmtDelete, ""},
	} {
		if got := addresses(c.re, render(c.plan)); got != c.want {
			t.Errorf("%s: %s found %s, want %s", c.plan, c.re, got, c.want)
		}
	}
	for name := range all {
		text := render(name)
		refused := slices.ContainsFunc(all[name].Checks, schema.Check.Refuses)
		if tfcmtFail.MatchString(text) != refused {
			t.Errorf("%s: tfcmt takes it for an error: %t", name, !refused)
		}
		if len(tfcmtPass.FindAllString(text, -1)) != 1 {
			t.Errorf("%s: not one line with the result", name)
		}
		if atlantisPlan.MatchString(text) == strings.Contains("\n"+text, "\nNo changes.") {
			t.Errorf("%s: Atlantis finds both or neither", name)
		}
		if tfcmtOutputs.MatchString(text) && all[name].Counts() != (plans.Counts{}) {
			t.Errorf("%s: tfcmt would say that only outputs change", name)
		}
	}
	if !atlantisNone.MatchString(render("nothing")) {
		t.Error("Atlantis does not see that nothing changes")
	}
}

// Three hundred instances that change alike share a block, with a line for each that tools find.
func TestHundredsOfChangesStayReadable(t *testing.T) {
	var list []plans.Change
	for i := range 300 {
		key := string(rune('一' + i))
		list = append(list, plans.Change{Address: addr.Of("template.upload").Instance(key),
			Action: plans.Create,
			Place: plans.Place{Address: addr.Of("folder.d").Instance(key), Kind: schema.ScopeFolder,
				ID: int64(i + 1)}, After: viewtest.Upload(viewtest.Li, viewtest.Wang)})
	}
	var b bytes.Buffer
	if err := Plan(&b, viewtest.PlanOf(list...), Settings{}); err != nil {
		t.Fatal(err)
	}
	if n := len(tfcmtCreate.FindAllString(b.String(), -1)); n != 300 {
		t.Errorf("%d addresses are shown", n)
	}
	if n := strings.Count(b.String(), "step 1 of 1"); n != 1 {
		t.Errorf("the step is shown %d times", n)
	}
}
