package policy

import (
	"fmt"
	"testing"

	"countersign/schema"
)

// Who may see more or less of the file that an approval is about, and through which of the two.
func TestAccesses(t *testing.T) {
	of := func(approvers, cc schema.Access, told ...int64) *schema.Template {
		return &schema.Template{Steps: []schema.Step{step(anyone, 0, 1, 2)}, ApproverAccess: approvers,
			CC: persons(told...), CCAccess: cc}
	}
	for _, c := range []struct {
		name          string
		before, after *schema.Template
		want          string
	}{
		{"nothing", of("none", "none", 3), of("", "", 3), "[]"},
		{"approvers see", of("none", "none"), of("preview", "none"), "[{1 false none preview} {2 false none preview}]"},
		{"approvers see less", of("download", "none"), of("preview", "none"),
			"[{1 false download preview} {2 false download preview}]"},
		{"one more is told", of("none", "preview", 3), of("none", "preview", 3, 4), "[{4 true none preview}]"},
		{"one less is told", of("none", "preview", 3), of("none", "preview"), "[{3 true preview none}]"},
		{"an approver is told as well, and may more", of("preview", "download"), of("preview", "download", 2),
			"[{2 true preview download}]"},
		{"an approver is told as well, and may less", of("download", "preview"), of("download", "preview", 2), "[]"},
		{"it is made", nil, of("none", "download", 3), "[{3 true none download}]"},
		{"it goes", of("preview", "none"), nil, "[{1 false preview none} {2 false preview none}]"},
	} {
		if got := fmt.Sprint(Accesses(c.before, c.after)); got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
}

// Whoever leaves takes no need away.
func TestWithoutPerson(t *testing.T) {
	p := template(step(all, 0, 1, 2), step(anyone, 0, 2, 3))
	if left := p.WithoutPerson(1); left.Possible() || !p.Possible() || !p.Asks(1) || left.Asks(1) {
		t.Errorf("%v", left)
	}
	if left := p.WithoutPerson(3); !left.Possible() || fmt.Sprint(left.InEvery()) != "[1 2]" {
		t.Errorf("%v", left)
	}
}

// What a set lacks, and whether only these will do.
func TestLacking(t *testing.T) {
	for _, c := range []struct {
		p    Policy
		set  []int64
		want string
	}{
		{template(step(all, 0, 1, 2)), []int64{1}, "[2] true"},
		{template(step(all, 0, 1, 2)), []int64{1, 2}, "[] false"},
		{template(step(atLeast, 2, 1, 2, 3)), []int64{1}, "[2] false"},
		{template(step(atLeast, 4, 1, 2, 3)), []int64{1}, "[] false"},
		{template(step(anyone, 0, 1), step(anyone, 0, 2)), nil, "[1 2] true"},
	} {
		more, only := c.p.Lacking(c.set)
		if got := fmt.Sprint(more, only); got != c.want {
			t.Errorf("%v lacks of %v: %s, not %s", c.set, c.p, got, c.want)
		}
	}
}
