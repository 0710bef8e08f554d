//go:build unix

// Package chaos runs the whole program against a drive on which everything goes wrong: random faults in random worlds,
// while two configurations are applied side by side, somebody edits by hand, and program and drive are killed.
//
// After each round no template is there twice, none was removed without a plan that showed it, and no template of
// anybody else was touched. After the last round one run without faults makes all as declared: the next plan is empty,
// and state and drive are the same.
//
//	go test ./internal/chaos                          # a few worlds, others each time
//	go test ./internal/chaos -v -worlds 300           # make chaos
//	go test ./internal/chaos -v -seed 17 -worlds 1    # one of them again, with all that happens in it
package chaos

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/programtest"
	"countersign/state/httpstate/httpstatetest"
	"countersign/state/statetest"
)

var (
	firstSeed = flag.Uint64("seed", 0, "the seed of the first world; 0: another one each time")
	worlds    = flag.Int("worlds", 20, "how many worlds are tried")
)

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "8"); err != nil { // worlds wait more than they compute
		panic(err)
	}
	programtest.Main(m)
}

// tried counts what all worlds have tried.
var tried struct {
	sync.Mutex
	worlds, encrypted, rounds, applies, calls, kills, restarts, edits, full, readOnly int
	faults                                                                            map[string]int
}

// TestChaos tries worlds, and prints what it has tried.
func TestChaos(t *testing.T) {
	program := filepath.Join(open(t), "countersign")
	real, err := exec.LookPath("countersign")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, programtest.Read(t, real), 0o755); err != nil {
		t.Fatal(err)
	}
	tried.faults = map[string]int{}
	seed := *firstSeed
	if seed == 0 {
		seed = rand.Uint64N(1 << 40)
	}
	count := *worlds
	if testing.Short() { // make quick
		count = max(count/4, 1)
	}
	t.Run("world", func(t *testing.T) {
		for i := range count {
			seed := seed + uint64(i)
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				newWorld(t, seed, program).run(t)
			})
		}
	})
	n := &tried
	total := 0
	for _, kind := range slices.Sorted(maps.Keys(n.faults)) {
		t.Logf("%7d %s", n.faults[kind], kind)
		total += n.faults[kind]
	}
	t.Logf("%d worlds from seed %d, %d of their states encrypted: %d rounds of %d applies with faults, %d calls, "+
		"%d of which went wrong; killed: the program %d times, the drive %d times; "+
		"%d edits by hand, %d full disks, %d read-only folders", n.worlds, seed, n.encrypted, n.rounds, n.applies,
		n.calls, total, n.kills, n.restarts, n.edits, n.full, n.readOnly)
	if count > 1 && total == 0 {
		t.Error("nothing went wrong: this test tests nothing")
	}
}

// open is a new folder that every user may enter.
func open(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// world is a drive with two configurations.
type world struct {
	random  *rand.Rand
	seed    uint64
	program string
	proxy   *proxy
	drive   *drive
	both    []*configuration
	hands   handEdits
	history strings.Builder // what all runs printed, and what happened between them
}

func newWorld(t *testing.T, seed uint64, program string) *world {
	w := &world{random: rand.New(rand.NewPCG(seed, 1)), seed: seed, program: program, proxy: newProxy(t)}
	dir := open(t)
	w.drive = newDrive(t, dir, w.proxy)
	w.hands.foreign = map[int64]live{}
	for _, name := range superUsers[:2] {
		c := &configuration{name: name, dir: filepath.Join(dir, name), token: w.drive.tokens[name],
			folders: w.drive.folders, declared: map[string]template{}}
		c.change(w.random, 8)
		w.both = append(w.both, c)
	}
	if w.random.IntN(2) == 0 {
		w.both[1].server = w.proxy
	}
	encrypted := rand.New(rand.NewPCG(seed, 4))
	for _, c := range w.both {
		c.encrypted = encrypted.IntN(3) == 0
	}
	return w
}

// run tries a world: some rounds with faults, then the end without.
func (w *world) run(t *testing.T) {
	w.showIfFailed(t)
	rounds := 3 + w.random.IntN(3)
	for range rounds {
		w.round(t)
		if t.Failed() {
			return
		}
	}
	w.end(t)
	tried.Lock()
	defer tried.Unlock()
	tried.worlds++
	tried.rounds += rounds
	tried.calls += w.proxy.calls
	tried.restarts += w.drive.restarts
	tried.edits += w.hands.made
	for _, c := range w.both {
		if c.encrypted {
			tried.encrypted++
		}
	}
	for kind, n := range w.proxy.faults {
		tried.faults[kind] += n
	}
}

func (w *world) showIfFailed(t *testing.T) {
	t.Cleanup(func() {
		if t.Failed() || *worlds == 1 {
			t.Logf("seed %d, all of it:\n%s", w.seed, &w.history)
		}
	})
}

// end applies both configurations without faults, and demands that declarations, states and drive are the same.
func (w *world) end(t *testing.T) {
	t.Helper()
	w.proxy.begin(schedule{})
	for _, c := range w.both {
		w.unlock(t, c)
		c.write(t, w.proxy.url)
		r := w.note(c.command("apply", "-auto-approve").do())
		if r.code != 0 {
			t.Fatalf("seed %d: the faults have ended, and a clean apply of %s ends with %d", w.seed, c.name, r.code)
		}
		w.checkRemovals(t, r)
	}
	for _, c := range w.both {
		if r := w.note(c.command("plan", "-detailed-exitcode").do()); r.code != 0 {
			t.Errorf("seed %d: the plan of %s after a clean apply ends with %d", w.seed, c.name, r.code)
		}
	}
	w.proxy.drain(t)
	left := w.live(t)
	for _, c := range w.both {
		if difference := c.differs(t, left); difference != "" {
			t.Errorf("seed %d, %s: %s", w.seed, c.name, difference)
		}
	}
	for id, l := range left {
		if !strings.HasPrefix(l.Title, "手工新建") {
			t.Errorf("seed %d: %q (tid %d) is on the drive, and neither declared nor made by hand", w.seed, l.Title, id)
		}
	}
}

// note keeps what a run has printed, for the case that the world fails.
func (w *world) note(r *run) *run {
	fmt.Fprintf(&w.history, "---- %s: countersign %s ends with %d after %v\n%s\n", r.of.name,
		strings.Join(r.cmd.Args[1:], " "), r.code, r.took.Round(time.Millisecond), &r.printed)
	return r
}

// round changes what is declared and applies it while things go wrong.
func (w *world) round(t *testing.T) {
	w.lookForHandEdits(t)
	runs := w.drawRuns(t)
	s := w.drawSchedule()
	within := func() int { return 1 + w.random.IntN(30) } // the number of a call
	fulls, readOnly, undo := 0, 0, func() {}
	switch w.random.IntN(7) {
	case 0, 1:
		s.at[within()] = runs[w.random.IntN(len(runs))].kill
	case 2:
		pause := time.Duration(w.random.IntN(300)) * time.Millisecond
		s.at[within()] = func() { w.drive.restart(t, w.proxy, pause) }
	case 3:
		runs, fulls = alone(runs), 1
		undo = runs[0].fullDisk(t, w.random)
	case 4:
		runs, readOnly = alone(runs), 1
		undo = runs[0].readOnly(t, w.program)
	}
	for range w.random.IntN(4) {
		random := rand.New(rand.NewPCG(w.random.Uint64(), 2))
		at, before := within(), func() {}
		if s.at[at] != nil {
			before = s.at[at]
		}
		s.at[at] = func() { before(); w.hands.edit(random, w.drive, w.proxy) }
	}

	fmt.Fprintf(&w.history, "==== faults: %.2f of %v, the clock is wrong by %d s\n", s.rate, s.kinds, s.shift)
	w.proxy.begin(s)
	if w.random.IntN(2) == 0 {
		faulty := httpstatetest.Faulty(w.proxy.states, statetest.NewFaults(w.random.Uint64(), 1+w.random.IntN(6)))
		w.proxy.stateFaults.Store(&faulty)
	}
	var group sync.WaitGroup
	for _, one := range runs {
		group.Go(func() { one.do() })
	}
	group.Wait()
	w.proxy.endEvents()
	w.proxy.stateFaults.Store(nil)
	undo()

	kills := 0
	for _, one := range runs {
		if w.note(one); one.code < 0 {
			kills++
		}
	}
	w.history.WriteString(strings.Join(w.hands.done, ""))
	w.hands.done = nil
	if w.random.IntN(2) == 0 { // else the next run comes while calls of this one may be under way
		w.proxy.drain(t)
	}
	if readOnly > 0 && w.proxy.written(runs[0].of.token) > 0 {
		t.Errorf("seed %d: a run that could keep nothing has written to the drive", w.seed)
	}
	w.checkRemovals(t, runs...)
	w.live(t)
	tried.Lock()
	defer tried.Unlock()
	tried.applies += len(runs)
	tried.kills += kills
	tried.full += fulls
	tried.readOnly += readOnly
}

// lookForHandEdits lists the templates that may be edited by hand. One that no state has yet is left alone: renamed by
// hand before the program has found it, it is nobody's.
func (w *world) lookForHandEdits(t *testing.T) {
	t.Helper()
	known, ok := w.drive.templates(w.proxy)
	if !ok {
		t.Fatalf("seed %d: the drive cannot be read", w.seed)
	}
	bound := map[int64]bool{}
	for _, c := range w.both {
		for _, k := range c.state(t).Bindings {
			bound[k.ID] = true
		}
	}
	w.hands.known = slices.DeleteFunc(known, func(l live) bool { return !bound[l.ID] })
}

// drawRuns changes one configuration or both, and gives the applies of that: of a plan that was saved before, or not;
// sometimes the same apply twice, at the same moment.
func (w *world) drawRuns(t *testing.T) (runs []*run) {
	r := w.random
	for i, c := range w.both {
		if i > 0 && r.IntN(3) == 0 {
			continue
		}
		w.unlock(t, c)
		c.change(r, r.IntN(6))
		c.write(t, w.proxy.url)
		if r.IntN(4) == 0 {
			c.moveTimes(t, time.Duration(r.IntN(200)-100)*time.Hour)
		}
		one := c.command("apply", "-auto-approve")
		if r.IntN(4) == 0 {
			w.proxy.begin(schedule{})
			if plan := w.note(c.command("plan", "-out=saved.plan").do()); plan.code == 0 {
				one = c.command("apply", "saved.plan")
				one.printed.Write(plan.printed.Bytes())
			} else {
				t.Errorf("seed %d: a plan of %s without faults ends with %d", w.seed, c.name, plan.code)
			}
		}
		runs = append(runs, one)
		if r.IntN(6) == 0 {
			runs = append(runs, c.command("apply", "-auto-approve"))
		}
	}
	return runs
}

// unlock takes the lock of a killed run away from a server of states, as somebody must who knows that it is dead.
func (w *world) unlock(t *testing.T, c *configuration) {
	t.Helper()
	if c.server == nil || w.proxy.states.Holder(c.statePath()) == "" {
		return
	}
	w.proxy.drain(t)
	id := w.proxy.states.Holder(c.statePath())
	if r := w.note(c.command("force-unlock", "-force", id).do()); r.code != 0 {
		t.Errorf("seed %d: force-unlock of %s ends with %d", w.seed, c.name, r.code)
	}
}

// alone leaves out the second run of the first one's configuration.
func alone(runs []*run) []*run {
	return slices.DeleteFunc(runs, func(r *run) bool { return r != runs[0] && r.of == runs[0].of })
}

// drawSchedule draws which faults there are in a round, and how many.
func (w *world) drawSchedule() schedule {
	r := w.random
	s := schedule{seed: r.Uint64(), rate: 0.3 * r.Float64(), at: map[int]func(){}}
	for _, kind := range allFaults {
		if r.IntN(2) == 0 {
			s.kinds = append(s.kinds, kind)
		}
	}
	if r.IntN(3) == 0 {
		s.shift = int64(r.IntN(2*400*24*3600) - 400*24*3600)
	}
	return s
}

// checkRemovals demands that each call that removes a template is in a plan that its run has shown.
func (w *world) checkRemovals(t *testing.T, runs ...*run) {
	t.Helper()
	for _, c := range w.both {
		own := slices.DeleteFunc(slices.Clone(runs), func(r *run) bool { return r.of != c })
		for _, id := range w.proxy.removed(c.token) {
			if len(own) > 0 && !slices.ContainsFunc(own, func(r *run) bool { return r.showsRemoval(id) }) {
				t.Errorf("seed %d: tid %d was removed, and no plan has shown it", w.seed, id)
			}
		}
	}
}

// live reads the drive, and demands that no template is there twice and that those made by hand are as they were.
func (w *world) live(t *testing.T) map[int64]live {
	t.Helper()
	all, ok := w.drive.templates(w.proxy)
	if !ok {
		t.Fatalf("seed %d: the drive cannot be read", w.seed)
	}
	byID, titles := map[int64]live{}, map[string]int64{}
	for _, l := range all {
		byID[l.ID] = l
		place := fmt.Sprint(l.FileID, " ", l.Title)
		if other, twice := titles[place]; twice {
			t.Errorf("seed %d: %q is on folder %d twice: tid %d and %d", w.seed, l.Title, l.FileID, other, l.ID)
		}
		titles[place] = l.ID
	}
	for id, was := range w.hands.foreign {
		if now, there := byID[id]; !there || now.Content != was.Content || now.EditTime != was.EditTime {
			t.Errorf("seed %d: %q (tid %d) was made by hand, and is not as it was: %v %v", w.seed, was.Title, id, there,
				now)
		}
	}
	return byID
}
