package simulate

import (
	"slices"

	"countersign/policy"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// History is past approvals, replayed on the templates that are declared now.
type History struct {
	Replayed    []Replayed // the latest first
	Open        int        // how many have not ended yet
	Left        int        // how many have ended and were not looked at
	Interrupted bool       // they were not because somebody ended the run; otherwise because enough others were
}

// Replayed is one past approval, and how it would end on the declared template by the decisions that were really made.
type Replayed struct {
	Approval schema.Approval
	Template *schema.Declared // nil: the configuration declares none for it
	Address  addr.Address     // of NotDeclared: that the state binds it to all the same; zero for none
	Obstacle Obstacle         // why it could not be replayed; "" when it was
	Person   schema.Person    // of BothWays
	Err      error            // of NotRead

	Was     schema.Outcome  // how it ended: approved or refused
	Now     schema.Outcome  // how it ends now; pending when it waits for somebody who decided nothing
	Step    int             // of refused and pending, and of NoDesignation: the declared step, from 0
	Needs   int             // of pending: how many more must agree to that step
	Missing []schema.Person // of pending: the approvers of that step who decided nothing
	Refuse  []schema.Person // of refused: who refuses in that step; otherwise who refused, if it was refused
}

// Obstacle is why an approval cannot be replayed. What is not known is never guessed.
type Obstacle string

const (
	NotDeclared   Obstacle = "not_declared"   // no declared template is bound to the one that it was raised from
	NotKnown      Obstacle = "not_known"      // something of the declared template is not known before apply
	NotDated      Obstacle = "not_dated"      // the drive does not say when it was raised
	NotRead       Obstacle = "not_read"       // its details could not be read
	NoSteps       Obstacle = "no_steps"       // the drive does not say which steps it had
	Unexplained   Obstacle = "unexplained"    // by its own steps, its decisions do not lead to how it ended
	BothWays      Obstacle = "both_ways"      // Person agreed in one step, refused in another, and is asked in a third
	NoDesignation Obstacle = "no_designation" // the declared step asks a designated approver, and nobody was designated
)

// Otherwise reports whether it would have ended otherwise.
func (r *Replayed) Otherwise() bool { return r.Obstacle == "" && r.Now != r.Was }

// Replay plays an approval that has ended, read in whole, on a declared template. In each declared step, people decide
// what they really decided in the step of the same name; those who decided nothing there, what they decided elsewhere.
// Who decided nothing at all decides nothing now. An approval whose own steps do not explain how it ended is not
// replayed: the drive then counts decisions in a way that this program does not know.
func Replay(a schema.Approval, d *schema.Declared) Replayed {
	r := Replayed{Approval: a, Template: d, Was: schema.OutcomeApproved}
	if a.Status == schema.ApprovalRefused {
		r.Was = schema.OutcomeRefused
	}
	own, known := ownTemplate(a)
	switch {
	case d.Unknown:
		r.Obstacle = NotKnown
	case !known:
		r.Obstacle = NoSteps
	case outcomeOf(a, own) != r.Was:
		r.Obstacle = Unexplained
	default:
		r.play()
	}
	return r
}

// ownTemplate is the template that an approval was raised from, as far as the approval has it; false when the drive
// does not say which steps it had.
func ownTemplate(a schema.Approval) (t schema.Template, known bool) {
	for _, s := range a.Steps {
		if s.Rule == "" || len(s.Parts) == 0 {
			return t, false
		}
		step := schema.Step{Name: s.Name, Rule: s.Rule, MinApprovals: s.MinApprovals}
		for _, p := range s.Parts {
			step.Approvers = append(step.Approvers, p.Person)
		}
		t.Steps = append(t.Steps, step)
	}
	return t, len(t.Steps) > 0
}

// outcomeOf is how an approval ends by its own steps and decisions.
func outcomeOf(a schema.Approval, own schema.Template) schema.Outcome {
	played := Raise(own, nil)
	for at, s := range a.Steps {
		played.designate(at, s.Designated)
		for _, p := range s.Parts {
			if agrees, decided := decision(p); decided {
				played.decideIn(at, schema.Answer{Person: p.Person, Agrees: agrees})
			}
		}
	}
	return played.Outcome
}

// designate lets one approver alone decide a step, if its rule is that and the person is one of its approvers.
func (a *Approval) designate(at int, who int64) bool {
	if a.template.Steps[at].Rule != schema.RuleDesignated || !slices.Contains(a.asks[at].People, who) {
		return false
	}
	a.asks[at] = policy.Requirement{People: []int64{who}, Needs: 1}
	return true
}

func decision(p schema.ApprovalPart) (agrees, decided bool) {
	agrees = p.Decision == schema.DecisionAgreed
	return agrees, agrees || p.Decision == schema.DecisionRefused
}

// play takes the real decisions, step after step, until the approval ends or waits for somebody.
func (r *Replayed) play() {
	played, said := Raise(r.Template.Template, nil), decided(r.Approval)
	for played.Outcome == schema.OutcomePending && played.step < len(played.template.Steps) {
		at := played.step
		step := played.template.Steps[at]
		designated := played.designate(at, designatedIn(r.Approval, step.Name))
		here := said.in(step, played.asks[at].People)
		if all := len(step.Approvers); step.Rule == schema.RuleDesignated && !designated &&
			len(here.agree) < all && len(here.refuse) < all { // nor would whoever might be designated decide the same
			r.Obstacle, r.Step = NoDesignation, at
			return
		}
		for _, p := range here.agree {
			played.decideIn(at, schema.Answer{Person: p, Agrees: true})
		}
		for _, p := range here.refuse {
			played.decideIn(at, schema.Answer{Person: p})
		}
		switch {
		case played.step > at:
			continue
		case played.Outcome == schema.OutcomeRefused:
			r.Step, r.Refuse = at, here.refuse
		case len(here.torn) > 0:
			r.Obstacle, r.Person = BothWays, here.torn[0]
			return
		default:
			_, agreed, needs := played.Turn()
			r.Step, r.Needs, r.Missing = at, needs-agreed, here.silent
		}
		break
	}
	r.Now = played.Outcome
	if r.Was == schema.OutcomeRefused && r.Otherwise() {
		r.Refuse = refusers(r.Approval)
	}
}

// decideIn takes a decision while it is the turn of a step.
func (a *Approval) decideIn(at int, d schema.Answer) {
	if a.step == at && a.Outcome == schema.OutcomePending {
		a.Decide(d)
	}
}

// decisions are the approvers of a declared step, by what they decide there.
type decisions struct{ agree, refuse, silent, torn []schema.Person }

// in is what those of a step's approvers who are asked decide in it.
func (said words) in(step schema.Step, asked []int64) (out decisions) {
	name := spelling.Form(step.Name)
	for _, p := range step.Approvers {
		if _, is := slices.BinarySearch(asked, p.ID); !is {
			continue
		}
		switch agrees, refuses := said.by(p.ID, name); {
		case agrees && refuses:
			out.torn = append(out.torn, p)
		case agrees:
			out.agree = append(out.agree, p)
		case refuses:
			out.refuse = append(out.refuse, p)
		default:
			out.silent = append(out.silent, p)
		}
	}
	return out
}

// words are what each person really decided, by id.
type words map[int64][]word

// word is what one person decided in one step.
type word struct {
	step   string // its name, in the one form of package spelling
	agrees bool
}

func decided(a schema.Approval) words {
	said := words{}
	for _, s := range a.Steps {
		name := spelling.Form(s.Name)
		for _, p := range s.Parts {
			if agrees, decided := decision(p); decided {
				said[p.Person.ID] = append(said[p.Person.ID], word{name, agrees})
			}
		}
	}
	return said
}

// by is what a person decided in the steps of one name or, if nothing, in all steps.
func (said words) by(who int64, step string) (agrees, refuses bool) {
	all := said[who]
	here := slices.DeleteFunc(slices.Clone(all), func(w word) bool { return w.step != step })
	if len(here) == 0 {
		here = all
	}
	for _, w := range here {
		agrees, refuses = agrees || w.agrees, refuses || !w.agrees
	}
	return agrees, refuses
}

// designatedIn is who was designated in the steps of one name, 0 for nobody or several people.
func designatedIn(a schema.Approval, step string) int64 {
	who := int64(0)
	for _, s := range a.Steps {
		if s.Designated == 0 || !spelling.Same(s.Name, step) {
			continue
		}
		if who != 0 && who != s.Designated {
			return 0
		}
		who = s.Designated
	}
	return who
}

// refusers are those who refused an approval, in whatever step.
func refusers(a schema.Approval) (who []schema.Person) {
	for _, s := range a.Steps {
		for _, p := range s.Parts {
			if p.Decision == schema.DecisionRefused {
				who = append(who, p.Person)
			}
		}
	}
	return schema.People(who)
}
