//go:build unix

// Package bench measures what the program costs over a world of 10,000 templates. See docs/benchmarks.md.
package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// rounds is how often what changes nothing is measured; medians are printed.
const rounds = 5

// BenchmarkWorld makes a world of templates, applies it to an empty drive served over loopback, and measures what
// the program costs after that, beside two floors measured in the same run: a bare client that makes the same
// calls, and the HCL parser over the same bytes. It holds the numbers of calls against what they must be; times
// and memory are printed, not judged, because they are the machine's too.
//
//	go test -run '^$' -bench World -benchtime 1x -timeout 30m ./internal/bench
func BenchmarkWorld(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "countersign")
	if out, err := exec.Command("go", "build", "-o", binary, "countersign").CombinedOutput(); err != nil {
		b.Fatalf("build the program: %v\n%s", err, out)
	}
	for _, f := range forms {
		for _, folders := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", f.name, folders*templatesInFolder), func(b *testing.B) {
				for b.Loop() {
					benchmarkWorld(b, binary, f, folders)
				}
			})
		}
	}
}

func benchmarkWorld(b *testing.B, binary string, f form, folders int) {
	w := newBenchWorld(b, binary, f, folders)
	templates := folders * templatesInFolder

	first := w.run(fmt.Sprintf("%d added, 0 changed, 0 destroyed", templates), "apply", "-auto-approve")
	w.expectCalls("first apply", first, folders*3, templates)
	w.expectOneState()
	firstBare := measure(b, w.other, startClient(w.other, true))
	const kinds = "/app/file/list-dir" // of a few new scopes it is looked at whether they are folders
	if first.calls[kinds] > 20 {
		b.Errorf("the first apply lists folders %d times", first.calls[kinds])
	}
	delete(first.calls, kinds)
	if !maps.Equal(first.calls, firstBare.calls) {
		b.Errorf("the bare client made other calls than the first apply, %v against %v, and is no floor to it",
			firstBare.calls, first.calls)
	}

	var plans, applies, edits, clients, parses []cost
	for range rounds { // in turn, so that a machine that is busy for a while is so for each of them
		plans = append(plans, w.run("No changes.", "plan"))
		clients = append(clients, measure(b, w.drive, startClient(w.drive, false)))
		parses = append(parses, measure(b, w.drive, startParse(w.files())))
		applies = append(applies, w.run("0 added, 0 changed, 0 destroyed", "apply", "-auto-approve"))
		rewrite(b, filepath.Join(w.dir, f.file), f.edit[0], f.edit[1])
		edits = append(edits, w.run("0 to add, 1 to change, 0 to destroy", "plan"))
		rewrite(b, filepath.Join(w.dir, f.file), f.edit[1], f.edit[0])
	}
	plan, apply, edit := median(plans), median(applies), median(edits)
	client, parse := median(clients), median(parses)
	w.expectCalls("plan", plan, folders, 0)
	w.expectCalls("apply of nothing", apply, folders, 0)
	w.expectCalls("plan after an edit", edit, folders, 0)
	w.expectOneState()

	w.print([]row{
		{"first apply", first, firstBare, parse},
		{"plan, nothing to do", plan, client, parse},
		{"apply, nothing to do", apply, client, parse},
		{"plan, one edit", edit, client, parse},
		{name: "floor: bare client, first apply", of: firstBare},
		{name: "floor: bare client, plan", of: client},
		{name: "floor: ParseConfig alone", of: parse},
	})
	budget, how := f.budget(client.wall, parse.wall)
	fmt.Printf("plan, nothing to do: %.2f s, to be within %s = %.2f s\n", plan.wall.Seconds(), how, budget.Seconds())
	fmt.Printf("first apply: %.2f ms and %.2f ms of CPU a template\n", perTemplate(first.wall, templates),
		perTemplate(first.cpu, templates))
	b.ReportMetric(plan.wall.Seconds(), "plan-s")
	b.ReportMetric(plan.cpu.Seconds(), "plan-cpu-s")
	b.ReportMetric(float64(plan.peak)/1e6, "plan-MB")
}

func perTemplate(d time.Duration, templates int) float64 {
	return d.Seconds() * 1e3 / float64(templates)
}

// benchWorld is a configuration in a folder and the drives it is measured against.
type benchWorld struct {
	testing.TB
	form   form
	dir    string
	binary string
	drive  *benchDrive
	other  *benchDrive // for the bare client's creates
}

func newBenchWorld(b *testing.B, binary string, f form, folders int) *benchWorld {
	w := &benchWorld{TB: b, form: f, dir: b.TempDir(), binary: binary, drive: startDrive(b, folders),
		other: startDrive(b, folders)}
	f.write(b, w.dir, w.drive)
	return w
}

func (w *benchWorld) files() []string {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "*.hcl"))
	if err != nil {
		w.Fatal(err)
	}
	return files
}

// run measures the program; it must end well and print that text at its end.
func (w *benchWorld) run(text string, args ...string) cost {
	w.Helper()
	out, err := os.Create(filepath.Join(w.dir, "out.txt"))
	if err != nil {
		w.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(w.binary, args...)
	cmd.Dir, cmd.Stdout = w.dir, out
	cmd.Env = append(os.Environ(), "YOMICLOUD_TOKEN="+w.drive.Token)
	c := measure(w, w.drive, cmd)
	if end := w.tail(out); !strings.Contains(end, text) {
		w.Fatalf("%s did not print %q at its end, but:\n%s", cmd, text, end)
	}
	return c
}

// tail is the end of a file.
func (w *benchWorld) tail(f *os.File) string {
	w.Helper()
	info, err := f.Stat()
	if err != nil {
		w.Fatal(err)
	}
	end := make([]byte, min(info.Size(), 2000))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		w.Fatal(err)
	}
	return string(end)
}

// handful is how many calls a run may make besides the lists and the writes.
const handful = 5

// expectCalls fails the benchmark when a run called the drive otherwise than it must: each scope's list once to plan,
// and to write right before and once after, however many templates of the scope are written.
func (w *benchWorld) expectCalls(what string, c cost, lists, sets int) {
	w.Helper()
	others := 0
	for path, n := range c.calls {
		if path != pathLists && path != pathSet {
			others += n
		}
	}
	if c.calls[pathLists] != lists || c.calls[pathSet] != sets || others > handful {
		w.Errorf("%s: %d list calls, %d writes and %d others; want %d, %d and at most %d", what, c.calls[pathLists],
			c.calls[pathSet], others, lists, sets, handful)
	}
}

// expectOneState fails the benchmark when the state was written more than once since the world began.
func (w *benchWorld) expectOneState() {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "countersign.state.json"))
	if err != nil {
		w.Fatal(err)
	}
	var state struct{ Serial int }
	if err := json.Unmarshal(text, &state); err != nil {
		w.Fatal(err)
	}
	if state.Serial != 1 {
		w.Errorf("the state was written %d times; want once", state.Serial)
	}
}

// median takes the median of each quantity by itself; the calls are the first one's.
func median(costs []cost) cost {
	middle := func(of func(cost) int64) int64 {
		var list []int64
		for _, c := range costs {
			list = append(list, of(c))
		}
		slices.Sort(list)
		return list[len(list)/2]
	}
	return cost{
		wall:  time.Duration(middle(func(c cost) int64 { return int64(c.wall) })),
		cpu:   time.Duration(middle(func(c cost) int64 { return int64(c.cpu) })),
		peak:  middle(func(c cost) int64 { return c.peak }),
		calls: costs[0].calls,
	}
}

// row is one line of the table: what was measured, and the floors it stands on.
type row struct {
	name          string
	of            cost
	client, parse cost
}

func (w *benchWorld) print(rows []row) {
	var size int64
	files := w.files()
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			w.Fatal(err)
		}
		size += info.Size()
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "\n%d templates on %d folders as %s: %d files, %.1f MB; %d CPUs, %s; medians of %d, "+
		"the first apply once\n", w.drive.Folders*templatesInFolder, w.drive.Folders, w.form.name, len(files),
		float64(size)/1e6, runtime.NumCPU(), runtime.Version(), rounds)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\twall s\tCPU s\tpeak MB\t÷ client\t÷ both floors\tCPU ÷ both\tcalls")
	for _, r := range rows {
		ratios := "\t\t"
		if r.client.wall > 0 {
			ratios = fmt.Sprintf("%.2f\t%.2f\t%.2f", ratio(r.of.wall, r.client.wall),
				ratio(r.of.wall, r.client.wall+r.parse.wall), ratio(r.of.cpu, r.client.cpu+r.parse.cpu))
		}
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%d\t%s\t%s\n", r.name, r.of.wall.Seconds(), r.of.cpu.Seconds(),
			r.of.peak>>20, ratios, callsText(r.of.calls))
	}
	table.Flush()
	fmt.Print(text.String())
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func callsText(calls map[string]int) string {
	var parts []string
	for _, p := range slices.Sorted(maps.Keys(calls)) {
		parts = append(parts, fmt.Sprintf("%d %s", calls[p], path.Base(p)))
	}
	return strings.Join(parts, ", ")
}
