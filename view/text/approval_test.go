package text

import (
	"bytes"
	"testing"

	"countersign/schema"
	"countersign/view/viewtest"
)

// Each point of an approval's life, as a person sees it.
func TestApproval(t *testing.T) {
	for name, a := range viewtest.Approvals() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Approval(&b, a, nil, viewtest.Catalogue, Settings{}); err != nil {
				t.Fatal(err)
			}
			viewtest.Golden(t, "approval/"+name+".txt", b.Bytes())
		})
	}
}

func TestApprovalOnTerminals(t *testing.T) {
	for name, s := range map[string]Settings{"colour": {Color: true, Terminal: true, Width: 100},
		"narrow": {Terminal: true, Width: 44}} {
		var b bytes.Buffer
		for _, a := range []string{"pending", "refused", "failed"} {
			if err := Approval(&b, viewtest.Approvals()[a], nil, viewtest.Catalogue, s); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n")
		}
		viewtest.Golden(t, "approval/"+name+".txt", b.Bytes())
	}
}

// The table lines up Chinese and Latin text. An empty column is left out; a terminal breaks cells, a pipe keeps a row
// on a line.
func TestApprovals(t *testing.T) {
	listed := viewtest.Approvals()["listed"]
	for name, c := range map[string]struct {
		list []schema.Approval
		s    Settings
	}{
		"table":        {viewtest.ApprovalList(), Settings{}},
		"table-colour": {viewtest.ApprovalList(), Settings{Color: true, Terminal: true, Width: 160}},
		"table-narrow": {viewtest.ApprovalList(), Settings{Terminal: true, Width: 90}},
		"table-brief":  {[]schema.Approval{listed}, Settings{}},
		"table-empty":  {nil, Settings{}},
	} {
		var b bytes.Buffer
		if err := Approvals(&b, c.list, viewtest.Catalogue, c.s); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "approval/"+name+".txt", b.Bytes())
	}
}

// Who must decide a step now.
func TestAwaited(t *testing.T) {
	agreed := viewtest.Decided(viewtest.Admin, schema.DecisionAgreed, 1, "")
	crowd := []schema.ApprovalPart{
		viewtest.Undecided(viewtest.Admin),
		viewtest.Undecided(viewtest.Zhang),
		viewtest.Undecided(viewtest.Li),
		viewtest.Undecided(viewtest.Wang),
		viewtest.Undecided(viewtest.Chen),
	}
	for _, c := range []struct {
		rule       schema.PassRule
		n          int
		designated int64
		parts      []schema.ApprovalPart
		want       string
	}{
		{schema.RuleAll, 0, 0, []schema.ApprovalPart{agreed, viewtest.Undecided(viewtest.Li),
			viewtest.Undecided(viewtest.Wang)}, "李四, wang"},
		{schema.RuleAny, 0, 0, []schema.ApprovalPart{viewtest.Undecided(viewtest.Li),
			viewtest.Undecided(viewtest.Wang)}, "any one of 李四, wang"},
		{schema.RuleAny, 0, 0, []schema.ApprovalPart{viewtest.Undecided(viewtest.Li)}, "李四"},
		{schema.RuleAtLeast, 3, 0, append(crowd[1:5:5], agreed), "2 more of 张三, 李四, wang, 陈晨"},
		{schema.RuleAtLeast, 2, 0, crowd, "2 more of 5 people"},
		{schema.RuleDesignated, 0, 5, crowd, "李四"},
		{schema.RuleAll, 0, 0, []schema.ApprovalPart{agreed}, ""},
	} {
		s := schema.ApprovalStep{Rule: c.rule, MinApprovals: c.n, Designated: c.designated,
			Status: schema.ApprovalPending, Parts: c.parts}
		l := approvalNames([]schema.Approval{{Steps: []schema.ApprovalStep{s}}}, nil)
		if got := awaited(l, &s); got != c.want {
			t.Errorf("%s: got %q, want %q", c.rule, got, c.want)
		}
	}
}
