package policy

import (
	"cmp"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"countersign/schema"
)

// mostIDs is how many people a randomTemplate is about: 0 to 4. Each set of them is tried.
const mostIDs = 5

// randomTemplate is a template as a drive may have it, or a change leave it: steps without anybody, with somebody twice
// and under two names, the same step twice in a row, numbers of approvals below 1 and above what there are, people who
// are both approver and cc, and no steps at all.
func randomTemplate(r *rand.Rand) schema.Template {
	people := func() (list []schema.Person) {
		for range r.IntN(6) {
			id := r.Int64N(mostIDs)
			list = append(list, schema.Person{ID: id, Username: fmt.Sprint("known as ", id, r.IntN(2))})
		}
		return list
	}
	accesses := []schema.Access{"", schema.AccessNone, schema.AccessPreview, schema.AccessDownload}
	t := schema.Template{CC: people(), CCAccess: accesses[r.IntN(4)], ApproverAccess: accesses[r.IntN(4)]}
	for range r.IntN(4) {
		s := schema.Step{Rule: []schema.PassRule{all, anyone, atLeast, designated}[r.IntN(4)], Approvers: people()}
		if s.Rule == atLeast {
			s.MinApprovals = r.IntN(len(s.Approvers) + 3)
		}
		t.Steps = append(t.Steps, s)
		if r.IntN(6) == 0 {
			t.Steps = append(t.Steps, s)
		}
	}
	return t
}

// edited is the template with a small change: what a plan is mostly about.
func edited(r *rand.Rand, t schema.Template) schema.Template {
	t.Steps, t.CC = slices.Clone(t.Steps), slices.Clone(t.CC)
	if len(t.Steps) == 0 {
		return t
	}
	i := r.IntN(len(t.Steps))
	s := &t.Steps[i]
	s.Approvers = slices.Clone(s.Approvers)
	switch r.IntN(6) {
	case 0:
		s.Approvers = append(s.Approvers, persons(r.Int64N(mostIDs))...)
	case 1:
		s.Approvers = s.Approvers[:r.IntN(len(s.Approvers)+1)]
	case 2:
		s.Rule, s.MinApprovals = atLeast, r.IntN(len(s.Approvers)+3)
	case 3:
		s.Rule, s.MinApprovals = []schema.PassRule{all, anyone, designated}[r.IntN(3)], 0
	case 4:
		t.Steps = slices.Delete(t.Steps, i, i+1)
	case 5:
		t.CC = append(t.CC, persons(r.Int64N(mostIDs))...)
	}
	return t
}

// passes says by the words of section 1 of the vendor's document alone whether a template passes when these agree, a
// bit an id, and whoever raises it designates so that it does.
func passes(t schema.Template, set uint) bool {
	for _, s := range t.Steps {
		var asked uint
		for _, p := range s.Approvers {
			asked |= 1 << p.ID
		}
		agree := bits.OnesCount(asked & set)
		enough := agree > 0
		switch s.Rule {
		case all:
			enough = enough && asked&^set == 0
		case atLeast:
			enough = enough && agree >= s.MinApprovals
		}
		if !enough {
			return false
		}
	}
	return len(t.Steps) > 0
}

func bitsOf(ids []int64) (set uint) {
	for _, id := range ids {
		set |= 1 << id
	}
	return set
}

// What a plan says of templates, against trying each set of people on the vendor's words: the verdict and its
// witnesses, the minimal sets, the fewest, who is lacking of a set and whether only they would do.
func TestTemplatesAgainstAllSets(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 4))
	met := map[Result]int{}
	for range 20_000 {
		before, after := randomTemplate(r), randomTemplate(r)
		if r.IntN(2) == 0 {
			after = edited(r, before)
		}
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("seed %d: %s\nbefore %+v\nafter  %+v", seed, fmt.Sprintf(format, args...), before, after)
		}
		var opens, closes, minimal []uint // the sets that do, of opens and closes the smallest alone
		for set := uint(0); set < 1<<mostIDs; set++ {
			was, is := passes(before, set), passes(after, set)
			if is && !was {
				opens = append(opens, set)
			}
			if was && !is {
				closes = append(closes, set)
			}
			spare := false
			for who := range mostIDs {
				spare = spare || set&(1<<who) != 0 && passes(after, set&^(1<<who))
			}
			if is && !spare {
				minimal = append(minimal, set)
			}
		}
		v := Compare(Of(before), Of(after))
		want := map[[2]bool]Result{{false, false}: Same, {true, false}: Weaker, {false, true}: Stronger,
			{true, true}: Incomparable}[[2]bool{len(opens) > 0, len(closes) > 0}]
		if met[want]++; v.Result != want || v.MaybeSmaller || v.Why != "" {
			fail("%+v, not %s", v, want)
		}
		for _, w := range []struct {
			got []int64
			all []uint
		}{{v.Opens, opens}, {v.Closes, closes}} {
			size := func(a, b uint) int { return bits.OnesCount(a) - bits.OnesCount(b) }
			if w.got == nil != (len(w.all) == 0) || w.got != nil && (!slices.Contains(w.all, bitsOf(w.got)) ||
				len(w.got) != bits.OnesCount(slices.MinFunc(w.all, size))) {
				fail("the witness %v is none of the smallest of %b", w.got, w.all)
			}
		}

		p := Of(after)
		sets, whole := p.Minimal(1000)
		got := make([]uint, len(sets))
		for i, set := range sets {
			got[i] = bitsOf(set)
		}
		if !slices.IsSortedFunc(sets, func(a, b []int64) int { return cmp.Compare(len(a), len(b)) }) {
			fail("the smallest come first: %v", sets)
		}
		if slices.Sort(got); !whole || !slices.Equal(got, minimal) {
			fail("minimal sets %v, not %b", sets, minimal)
		}
		few, exact := p.Fewest()
		if !exact || few == nil != (len(minimal) == 0) ||
			few != nil && (len(few) != len(sets[0]) || !passes(after, bitsOf(few))) {
			fail("the fewest are %v (%t), not %v", few, exact, sets)
		}
		lacking(t, after, uint(r.IntN(1<<mostIDs)))
	}
	for _, result := range []Result{Same, Weaker, Stronger, Incomparable} {
		if met[result] < 100 {
			t.Errorf("%s was met %d times", result, met[result])
		}
	}
}

// lacking holds what is said of a set that does not suffice against each set of further people.
func lacking(t *testing.T, of schema.Template, set uint) {
	t.Helper()
	var enough []uint // with set
	for more := uint(0); more < 1<<mostIDs; more++ {
		spare := false
		for who := range mostIDs {
			spare = spare || more&(1<<who) != 0 && passes(of, set|more&^(1<<who))
		}
		if more&set == 0 && passes(of, set|more) && !spare {
			enough = append(enough, more)
		}
	}
	var ids []int64
	for who := range int64(mostIDs) {
		if set&(1<<who) != 0 {
			ids = append(ids, who)
		}
	}
	got, only := Of(of).Lacking(ids)
	needed := len(enough) > 0 && enough[0] != 0
	switch {
	case needed != (len(got) > 0), only != (needed && len(enough) == 1),
		needed && !slices.Contains(enough, bitsOf(got)):
		t.Fatalf("%v of %+v lack %v (only: %t), not one of %b", ids, of, got, only, enough)
	}
	for _, other := range enough {
		if bits.OnesCount(other) < len(got) {
			t.Fatalf("%v of %+v lack %v, and %b are fewer", ids, of, got, other)
		}
	}
}

// Who sees what through a template, both ways of getting it looked at for each person.
func TestAccessesOfEachPerson(t *testing.T) {
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 5))
	rank := map[schema.Access]int{"": 0, schema.AccessNone: 0, schema.AccessPreview: 1, schema.AccessDownload: 2}
	sees := func(t schema.Template, who int64) (most int, cc bool) {
		is := func(p schema.Person) bool { return p.ID == who }
		if slices.ContainsFunc(t.Steps, func(s schema.Step) bool { return slices.ContainsFunc(s.Approvers, is) }) {
			most = rank[t.ApproverAccess]
		}
		if slices.ContainsFunc(t.CC, is) && rank[t.CCAccess] > most {
			return rank[t.CCAccess], true
		}
		return most, false
	}
	for range 20_000 {
		before, after := randomTemplate(r), randomTemplate(r)
		if r.IntN(2) == 0 {
			after = edited(r, before)
		}
		got := Accesses(&before, &after)
		for who := range int64(mostIDs) {
			was, wasCC := sees(before, who)
			is, isCC := sees(after, who)
			at := slices.IndexFunc(got, func(a Access) bool { return a.Who == who })
			if at >= 0 != (was != is) {
				t.Fatalf("%d: from %d to %d, and in the list is %v\n%+v\n%+v", who, was, is, got, before, after)
			}
			if at < 0 {
				continue
			}
			through := isCC
			if was > is {
				through = wasCC
			}
			if a := got[at]; rank[a.Before] != was || rank[a.After] != is || a.Gains() != (is > was) ||
				a.CC != through {
				t.Fatalf("%d: from %d to %d through cc %t, not %+v\n%+v\n%+v", who, was, is, through, a, before, after)
			}
		}
	}
}
