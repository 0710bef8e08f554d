package local

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/state"
)

// kills is how many times each of the tests below kills its child.
const kills = 25

func pause(rng *rand.Rand) time.Duration { return time.Duration(rng.IntN(12_000)) * time.Microsecond }

// bindingsOf is the state that childWritesStates writes as serial n: its size and its content follow from n.
func bindingsOf(n uint64) []state.Binding {
	var bindings []state.Binding
	for i := range n%50 + 1 {
		bindings = append(bindings, bound(fmt.Sprintf("template.t%d", i), int64(i+1), fmt.Sprint("version ", n)))
	}
	return bindings
}

// childWritesStates writes one version after another, and says so of each.
func childWritesStates(path string) error {
	l := open(path)
	for {
		s, _, err := l.Read(ctx)
		if err != nil {
			return err
		}
		s.Bindings = bindingsOf(s.Serial + 1)
		if s, err = l.Write(ctx, s); err != nil {
			return err
		}
		fmt.Println(s.Serial)
	}
}

// TestKilledWhileWriting: the file holds the version that Write last told of, or the next one, whole; the backup
// an earlier one, whole.
func TestKilledWhileWriting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	l := newLocal(t)
	for range kills {
		lines := startChild(t, "write states", l.Path()).killAfter(pause(rng))
		told, err := strconv.ParseUint(lines[len(lines)-1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := mustRead(t, l)
		if s.Serial != told && s.Serial != told+1 {
			t.Fatalf("told of serial %d, found %d", told, s.Serial)
		}
		want := bindingsOf(s.Serial)
		if addresses(s.Bindings) != addresses(want) || s.Bindings[0].Recorded.Title != want[0].Recorded.Title {
			t.Fatalf("serial %d holds %s", s.Serial, addresses(s.Bindings))
		}
		if s.Serial > 1 {
			backup, err := state.Decode(get(t, l.backup()))
			if err != nil || backup.Serial+1 != s.Serial && backup.Serial != s.Serial {
				t.Fatalf("serial %d has a backup of %d, %v", s.Serial, backup.Serial, err)
			}
		}
	}
}

// childWritesJournals notes batches of two intents and settles the first of each, and says so of each step.
func childWritesJournals(path string) error {
	l := open(path)
	for {
		r := intent(state.OpCreate, "template.a", 0, "a")
		intents, err := l.Begin(ctx, []state.Intent{r, r})
		if err != nil {
			return err
		}
		fmt.Println("begun first", intents[0].Seq)
		fmt.Println("begun second", intents[1].Seq)
		if err := l.Settle(ctx, []state.Outcome{{Seq: intents[0].Seq}}); err != nil {
			return err
		}
		fmt.Println("settled", intents[0].Seq)
	}
}

// TestKilledWhileNoting: every intent whose Begin returned is there, pending unless it was settled.
func TestKilledWhileNoting(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	l := newLocal(t)
	first, second, settled := map[string]bool{}, map[string]bool{}, map[string]bool{}
	told := map[string]map[string]bool{"begun first": first, "begun second": second, "settled": settled}
	for range kills {
		for _, line := range startChild(t, "write journals", l.Path()).killAfter(pause(rng)) {
			space := strings.LastIndexByte(line, ' ')
			told[line[:space]][line[space+1:]] = true
		}
		_, pending := mustRead(t, l)
		found := map[string]bool{}
		for _, in := range pending {
			found[strconv.Itoa(in.Seq)] = true
		}
		for seq := range second {
			if !found[seq] {
				t.Fatalf("intent %s was begun and is lost", seq)
			}
		}
		unnoticed := 0 // settled by the child, which was killed before it could say so
		for seq := range first {
			switch {
			case settled[seq] && found[seq]:
				t.Fatalf("intent %s was settled and is pending again", seq)
			case !settled[seq] && !found[seq]:
				settled[seq] = true
				unnoticed++
			}
		}
		if unnoticed > 1 {
			t.Fatalf("%d intents are lost", unnoticed)
		}
	}
}

// childApplies is a run as a command makes it, over and over: read, settle what the one before left, write to the
// drive, write the state. The drive is what it prints: "create N" stands for a template made.
func childApplies(path string) error {
	l := open(path)
	unlock, err := l.Lock(ctx, lockInfo("apply", "1.2.3", path), time.Minute)
	if err != nil {
		return err
	}
	defer unlock()
	for {
		_, pending, err := l.Read(ctx)
		if err != nil {
			return err
		}
		for _, in := range pending { // the drive says that it was done, always
			if err := l.Settle(ctx, []state.Outcome{{Seq: in.Seq, Done: true, ID: in.ScopeID}}); err != nil {
				return err
			}
		}
		s, _, err := l.Read(ctx)
		if err != nil {
			return err
		}
		for range 3 {
			n := time.Now().UnixNano() // its number, and its tid
			r := intent(state.OpCreate, fmt.Sprint("template.t", n), 0, "t")
			r.ScopeID = n
			intents, err := l.Begin(ctx, []state.Intent{r})
			if err != nil {
				return err
			}
			fmt.Println("create", n)
			outcome := state.Outcome{Seq: intents[0].Seq, Done: true, ID: n}
			if err := l.Settle(ctx, []state.Outcome{outcome}); err != nil {
				return err
			}
			s, _ = state.Fold(s, []state.Record{{Intent: &intents[0]}, {Outcome: &outcome}})
		}
		if _, err := l.Write(ctx, s); err != nil {
			return err
		}
	}
}

// TestKilledWhileApplying: whatever was made on the drive is bound, or pending, in the next run.
func TestKilledWhileApplying(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	l := newLocal(t)
	made := map[string]bool{}
	lineage := ""
	for range kills {
		for _, line := range startChild(t, "apply for ever", l.Path()).killAfter(pause(rng)) {
			made["template.t"+strings.TrimPrefix(line, "create ")] = true
		}
		s, pending := mustRead(t, l)
		if lineage != "" && s.Lineage != lineage {
			t.Fatalf("the lineage was %s and is %s", lineage, s.Lineage)
		}
		lineage = s.Lineage
		known := map[string]bool{}
		for _, b := range s.Bindings {
			known[b.Address.String()] = true
		}
		for _, in := range pending {
			if known[in.Address.String()] {
				t.Fatalf("%s is bound and pending", in.Address)
			}
			known[in.Address.String()] = true
		}
		for address := range made {
			if !known[address] {
				t.Fatalf("%s was made and is lost", address)
			}
		}
	}
}
