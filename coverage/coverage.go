package coverage

import (
	"fmt"

	"countersign/policy"
	"countersign/schema"
	"countersign/schema/addr"
)

// Asked is what is looked for on each folder.
type Asked struct {
	Types []schema.ApprovalType
	Than  *schema.Declared // a template that lets pass what this one does not is too weak; nil: no template is
}

// State says whether a folder is covered for an approval type.
type State string

const (
	Covered State = "covered" // a template of the type is in force, and strong enough
	None    State = "none"    // none is in force
	Weak    State = "weak"    // those in force all let pass what Asked.Than does not
	Unknown State = "unknown" // what is in force cannot be read, or nobody knows whether it is strong enough
)

// Finding is the state of a folder for one approval type.
type Finding struct {
	State State
	On    schema.AppliesTo // of None and Weak: whether that is so of folders, of the files in it and below, or of both
	Weak  []Weaker         // the templates in force that are too weak
	Why   string           // of Unknown
}

// Weaker is a template that lets pass what it should not.
type Weaker struct {
	*schema.Live
	Opens []int64 // a smallest group of people that can pass it and should not
}

// Report is the state of all folders of a tree.
type Report struct {
	Asked
	*Tree
	Bound   map[int64]addr.Address // the addresses that the state binds templates to, by tid
	Folders int                    // how many are known by name
	Tallies []map[State]int        // for each type asked for, how many folders are in each state
	Beyond  int                    // how many folders were not looked into, because enough others were
	Failed  int                    // of how many something could not be read

	found   map[*Force][]Finding
	weakens map[int64]policy.Verdict // of templates against Asked.Than, by tid
}

// Judge finds out the state of each folder of a tree for each approval type. It is a pure function.
func Judge(t *Tree, asked Asked) *Report {
	r := &Report{Asked: asked, Tree: t, found: map[*Force][]Finding{}, weakens: map[int64]policy.Verdict{}}
	for range asked.Types {
		r.Tallies = append(r.Tallies, map[State]int{})
	}
	t.Top.Each(func(f *Folder) {
		switch {
		case f.Unread != nil && f.Unread != ErrLimit, f.Unlisted != nil && f.Unlisted != ErrLimit:
			r.Failed++
		case f.Unlisted == ErrLimit:
			r.Beyond++
		}
		if f.ID == 0 {
			return
		}
		r.Folders++
		for i, found := range r.Of(f) {
			r.Tallies[i][found.State]++
		}
	})
	return r
}

// Each calls do for a folder and all below it, what is above first.
func (f *Folder) Each(do func(*Folder)) {
	do(f)
	for _, b := range f.Below {
		b.Each(do)
	}
}

// Complete reports whether all was read that was asked for.
func (r *Report) Complete() bool { return r.Failed+r.Beyond+len(r.Strays)+r.count(Unknown) == 0 }

// Gaps reports whether some folder has no template of some type in force, or only a weak one.
func (r *Report) Gaps() bool { return r.count(None)+r.count(Weak) > 0 }

func (r *Report) count(s State) int {
	n := 0
	for _, t := range r.Tallies {
		n += t[s]
	}
	return n
}

// Of are the states of a folder, one for each type asked for; nil for the root, which is no folder.
func (r *Report) Of(f *Folder) []Finding {
	if f.ID == 0 {
		return nil
	}
	if f.InForce == nil {
		out := make([]Finding, len(r.Types))
		for i := range out {
			out[i] = Finding{State: Unknown, Why: f.Unread.Error()}
		}
		return out
	}
	out, done := r.found[f.InForce]
	if !done {
		out = make([]Finding, len(r.Types))
		for i, t := range r.Types {
			out[i] = r.judge(f.InForce, t)
		}
		r.found[f.InForce] = out
	}
	return out
}

// kinds are folders, files, or both, as a set.
type kinds uint8

const (
	folders kinds = 1 << iota
	files
)

func kindsOf(a schema.AppliesTo) kinds {
	switch a {
	case schema.AppliesToFolders:
		return folders
	case schema.AppliesToFiles:
		return files
	}
	return folders | files
}

func (k kinds) word() schema.AppliesTo {
	switch k {
	case folders:
		return schema.AppliesToFolders
	case files:
		return schema.AppliesToFiles
	}
	return schema.AppliesToAny
}

// judge is the state of what is in force for a type: some template must apply to each kind of thing, folders and files,
// that the type is about.
func (r *Report) judge(in *Force, t schema.ApprovalType) Finding {
	var there, strong, unsure kinds
	var f Finding
	why := ""
	for _, l := range in.Templates {
		k := kindsOf(l.Template.AppliesTo)
		switch {
		case l.Unreadable != "":
			unsure, why = folders|files, fmt.Sprintf("template %d in force there cannot be read: %s", l.ID,
				l.Unreadable)
			continue
		case l.Template.ApprovalType != t.ID:
			continue
		}
		there |= k
		switch v := r.weaker(l); {
		case v.Opens != nil:
			f.Weak = append(f.Weak, Weaker{l, v.Opens})
		case v.Result == policy.Undecided:
			unsure, why = unsure|k, fmt.Sprintf("template %d: %s", l.ID, v.Why)
		default:
			strong |= k
		}
	}
	gap := kindsOf(t.AppliesTo) &^ strong
	switch none := gap &^ there &^ unsure; {
	case gap == 0:
		f.State = Covered
	case gap&^unsure == 0:
		f.State, f.Why = Unknown, why
	case none != 0:
		f.State, f.On = None, none.word()
	default:
		f.State, f.On = Weak, (gap &^ unsure).word()
	}
	return f
}

// weaker compares a template with the one that it must be as strong as.
func (r *Report) weaker(l *schema.Live) policy.Verdict {
	if r.Than == nil {
		return policy.Verdict{}
	}
	v, done := r.weakens[l.ID]
	if !done {
		v = policy.Compare(policy.Of(r.Than.Template), policy.Of(l.Template))
		r.weakens[l.ID] = v
	}
	return v
}
