package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// Verdict is what a change of a template means for who can pass it.
type Verdict struct {
	policy.Verdict
	Address   addr.Address
	Made      bool // the template is new: before, nothing could be raised from it
	Gone      bool // it is removed: nothing can be raised from it any more
	Reordered bool // its steps come in another order

	before, after policy.Policy
	from, to      *schema.Template
	place         plans.Place
	old           *plans.Place // where it was, of a template that moves
}

// VerdictOf compares who can pass a template before a change and after it. Nobody can pass one that does not exist,
// because nothing can be raised from it.
func VerdictOf(c *plans.Change) Verdict {
	before, after := c.Before, c.After
	v := Verdict{Address: Address(c), place: c.Place}
	if c.Reason != plans.Asked {
		v.old = c.OldPlace
	}
	switch {
	case !Changed(c):
		v.Result = policy.Same
		return v
	case c.Action == plans.Create:
		before, v.Made = nil, true
	case c.Action == plans.Remove:
		after, v.Gone = nil, true
	}
	return v.compared(before, after, c.Steps)
}

// VerdictOfDrift compares who can pass what was recorded with who can pass what is live.
func VerdictOfDrift(d *plans.Drift) Verdict {
	return Verdict{Address: d.Address, place: d.Place, Gone: d.Live == nil}.compared(d.Recorded, d.Live, d.Steps)
}

func (v Verdict) compared(before, after *schema.Template, steps []plans.StepChange) Verdict {
	v.from, v.to, v.before, v.after = before, after, policyOf(before), policyOf(after)
	v.Verdict = policy.Compare(v.before, v.after)
	switch { // one rule more is stronger, one rule less is weaker, whoever can pass it
	case v.Made:
		v.Result = policy.Stronger
	case v.Gone:
		v.Result = policy.Weaker
	}
	v.Reordered = slices.ContainsFunc(steps, func(s plans.StepChange) bool { return s.Moved })
	return v
}

// policyOf is what a template asks for; of none at all, what nobody can do.
func policyOf(t *schema.Template) policy.Policy {
	if t == nil {
		return policy.Never
	}
	return policy.Of(*t)
}

// Verdicts are those of a plan's changes; of a plan that only refreshes, those of what was edited by hand.
func Verdicts(p *plans.Plan) []Verdict {
	var out []Verdict
	for i := range p.Changes {
		if c := &p.Changes[i]; Changed(c) {
			out = append(out, VerdictOf(c))
		}
	}
	if p.Mode == plans.RefreshOnly {
		out = append(out, DriftVerdicts(p)...)
	}
	return out
}

// DriftVerdicts are those of what was edited by hand.
func DriftVerdicts(p *plans.Plan) []Verdict {
	out := make([]Verdict, len(p.Drift))
	for i := range p.Drift {
		out[i] = VerdictOfDrift(&p.Drift[i])
	}
	return out
}

// Changed reports whether a change changes the live template.
func Changed(c *plans.Change) bool {
	return c.Action != plans.NoOp && c.Action != plans.Forget
}

// VerdictLine counts verdicts, and names the templates that somebody must look at: `Who can approve: 1 weaker
// ("申请修改"), 2 same, 1 opened.` Its text is "" where there are none.
func VerdictLine(list []Verdict) Remark {
	var line Remark
	count, titles := map[string]int{}, map[string][]string{}
	for _, v := range list {
		word := v.word()
		count[word]++
		if v.Alarms() {
			line.Alarm = true
			title := Truncate(Quote(v.Title()), mostTitle)
			if !slices.Contains(titles[word], title) {
				titles[word] = append(titles[word], title)
			}
		}
	}
	var parts []string
	for _, word := range []string{string(policy.Weaker), string(policy.Incomparable), string(policy.Undecided),
		string(policy.Stronger), string(policy.Same), opened, closed} {
		if count[word] == 0 {
			continue
		}
		part := fmt.Sprintf("%d %s", count[word], word)
		if of := titles[word]; len(of) > 0 {
			part += " (" + strings.Join(upTo(Few, len(of), func(i int) string { return of[i] }), ", ") + ")"
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		line.Text = "Who can approve: " + strings.Join(parts, ", ") + "."
	}
	return line
}

// mostTitle is how many columns of a title stand in a line that is not about it.
const mostTitle = 40

const opened, closed = "opened", "closed"

// word is how a verdict is counted. A new template opens an approval and a removed one closes it, whoever can pass it.
func (v Verdict) word() string {
	switch {
	case v.Made:
		return opened
	case v.Gone:
		return closed
	}
	return string(v.Result)
}

// Alarms reports whether somebody can pass a template who could not before, or whether that is not known. A new
// template is no alarm.
func (v Verdict) Alarms() bool {
	return !v.Made && (v.Opens != nil || v.Result == policy.Undecided)
}

// Title is the title that a reader knows the template by: the current one, if it has one.
func (v Verdict) Title() string { return cmp.Or(v.from, v.to).Title }

// addVerdict says in a block what its change means.
func (l *Names) addVerdict(b *Block, v Verdict) {
	b.Verdict = &Node{Mark: Same, Label: v.word(), After: l.VerdictWords(v), Alarm: v.Alarms()}
	b.Effects = l.effects(v)
}

// VerdictText is a verdict in one line: "weaker: now 测试2 alone can pass this; before, 测试3 was needed too".
func (l *Names) VerdictText(v Verdict) string { return v.word() + ": " + l.VerdictWords(v) }

// VerdictWords says what a verdict means, with the names of the people.
func (l *Names) VerdictWords(v Verdict) string {
	var says []string
	switch {
	case v.Made && v.Opens == nil:
		says = append(says, "this approval can be raised from now on, but nobody can pass it")
	case v.Made:
		says = append(says, "this approval can be raised from now on; "+l.can(v.Opens, present, "it"))
	case v.Gone:
		until := "nobody could pass it"
		if v.Closes != nil {
			until = "until now " + l.can(v.Closes, past, "it")
		}
		says = append(says, "this approval can no longer be raised, and those raised already go on; "+until)
	default:
		weaker, stronger := "", ""
		if v.Opens != nil && v.Closes != nil {
			weaker, stronger = "weaker for some, as ", "stronger for others, as "
		}
		if v.Opens != nil {
			says = append(says, weaker+"now "+l.can(v.Opens, present, "this")+
				"; before, "+l.lacks(v.before, v.Opens, past))
		}
		if v.Closes != nil {
			says = append(says, stronger+"before, "+l.can(v.Closes, past, "this")+
				"; now "+l.lacks(v.after, v.Closes, present))
		}
		if v.Result == policy.Same {
			says = append(says, "the same people can pass this as before")
		}
	}
	if v.Why != "" {
		says = append(says, v.Why)
	}
	if v.MaybeSmaller {
		says = append(says, "fewer people may do, too: that takes too long to find out")
	}
	if v.Reordered {
		says = append(says, "the steps are asked in another order")
	}
	return strings.Join(says, "; ")
}

// can says who passes something: "测试2 alone can pass this", "测试2 and 测试3 together can pass this".
func (l *Names) can(set []int64, t tense, what string) string {
	switch len(set) {
	case 0:
		return what + " passes without anybody"
	case 1:
		return fmt.Sprintf("%s alone %s pass %s", l.And(set), t.can, what)
	}
	return fmt.Sprintf("%s together %s pass %s", l.And(set), t.can, what)
}

// tense is the words for now or for before.
type tense struct{ can, is, are string }

var past, present = tense{"could", "was", "were"}, tense{"can", "is", "are"}

// lacks says who else has to agree: "测试3 was needed too".
func (l *Names) lacks(p policy.Policy, set []int64, t tense) string {
	more, only := p.Lacking(set)
	switch {
	case !p.Possible():
		return "nobody " + t.can + " pass it"
	case more == nil:
		return "that " + t.is + " not enough"
	}
	be, too, how := t.is, " too", "one more"
	if len(more) > 1 {
		be, how = t.are, fmt.Sprintf("%d more", len(more))
	}
	if p.Suffices(more) { // without those of set
		too, how = "", strings.NewReplacer("one more", "another", " more", " others").Replace(how)
	}
	if only {
		return l.And(more) + " " + be + " needed" + too
	}
	return how + " " + be + " needed, such as " + l.And(more)
}

// most is how many of several things a line names one by one.
const most = 8

// upTo names n things, or of more than most the first: "a", "b", "3 more".
func upTo(most, n int, name func(i int) string) []string {
	var names []string
	for i := range n {
		if i == most-1 && n > most {
			return append(names, fmt.Sprintf("%d more", n-i))
		}
		names = append(names, name(i))
	}
	return names
}

// And are people by name, the first of many: "测试2", "测试2 and 测试3".
func (l *Names) And(ids []int64) string { return l.joined(ids, " and ") }

// Or is And for people of whom one is enough: "测试2 or 测试3".
func (l *Names) Or(ids []int64) string { return l.joined(ids, " or ") }

func (l *Names) joined(ids []int64, word string) string {
	names := upTo(most, len(ids), func(i int) string { return l.Called(schema.Person{ID: ids[i]}) })
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + word + names[last]
}
