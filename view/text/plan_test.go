package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view/viewtest"
)

// A plan on a terminal with colours, and on one that is narrow.
func TestPlanOnTerminals(t *testing.T) {
	for name, s := range map[string]Settings{"colour": {Color: true, Terminal: true, Width: 100},
		"narrow": {Width: 50}} {
		var text bytes.Buffer
		for _, plan := range []string{"step-changed", "replace", "drift", "update-fields", "unmanaged"} {
			if err := Plan(&text, viewtest.Plans()[plan], s); err != nil {
				t.Fatal(err)
			}
			text.WriteString("\n")
		}
		viewtest.Golden(t, "plan/"+name+".txt", text.Bytes())
	}
}

// Ten thousand changes of a thousand words each are a matter of a second, not of minutes.
func BenchmarkPlan(b *testing.B) {
	var list []plans.Change
	for i := range 10000 {
		c := viewtest.Changed(func(t *schema.Template) { t.Steps[0].Rule = schema.RuleAll })
		c.Address = addr.Of("template.modify").Instance(fmt.Sprint(i))
		c.After.Description = fmt.Sprint("not the same as the others: ", i)
		list = append(list, c)
	}
	p := viewtest.PlanOf(list...)
	for b.Loop() {
		if err := Plan(io.Discard, p, Settings{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Each kind of change, as a person reads it.
func TestPlan(t *testing.T) {
	for name, p := range viewtest.Plans() {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			if err := Plan(&text, p, Settings{Width: 100}); err != nil {
				t.Fatal(err)
			}
			viewtest.Golden(t, "plan/"+name+".txt", text.Bytes())
		})
	}
}

// A plan that was saved is shown as the plan itself was.
func TestSavedPlanIsShownAsItWas(t *testing.T) {
	viewtest.AsSaved(t, func(t *testing.T, plan, saved *plans.Plan) {
		var before, after bytes.Buffer
		if err := errors.Join(Plan(&before, plan, Settings{}), Plan(&after, saved, Settings{})); err != nil {
			t.Fatal(err)
		}
		if before.String() != after.String() {
			t.Errorf("it is shown otherwise:\n%s\n%s", &before, &after)
		}
	})
}

// Where there is colour, what somebody must look at stands out: in the block, and in the line with the numbers.
func TestAlarmsStandOut(t *testing.T) {
	shown := func(name string) string {
		var b bytes.Buffer
		if err := Plan(&b, viewtest.Plans()[name], Settings{Color: true}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, lines := range map[string][]string{
		"step-removed": {"        \x1b[1;31mweaker\x1b[0m: now ",
			"\x1b[1;31mWho can approve: 1 weaker (\"申请修改\").\x1b[0m\n"},
		"policies": {"\x1b[1;31mrefused.\x1b[0m\n", "╵\x1b[0m\n\n"},
	} {
		for _, line := range lines {
			if got := shown(name); !strings.Contains(got, line) {
				t.Errorf("%s lacks %q:\n%s", name, line, got)
			}
		}
	}
	if got := shown("create"); strings.Contains(got, "\x1b[1;31m") {
		t.Errorf("an alarm about a new template:\n%s", got)
	}
}
