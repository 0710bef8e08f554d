package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
	"countersign/providers/sandbox/drive/records"
	"countersign/schema"
	"countersign/state"
	"countersign/state/seal"
	"countersign/state/store"
)

// step is a step of a template: any one of its approvers, or all.
type step struct {
	Name      string
	Any       bool
	Approvers []int64
}

// template is a template as it is declared.
type template struct {
	Title, Desc string
	Folder      int64
	Steps       []step
}

// configuration is one of the two that share the drive: what it declares, in a folder of its own with its state.
type configuration struct {
	name, dir, token string
	folders          []int64
	declared         map[string]template // by name
	titles           int                 // given so far: none comes twice
	server           *proxy              // keeps the state; nil: it is in a file
	encrypted        bool                // so is what is kept of the state
}

const identity = "AGE-SECRET-KEY-16VHRKQFQ64L9ENA6ZTQYSLRDFFGFEQRYN4N26AWHPTE9J4XL5S3Q9KHTZH" // for tests alone

// statePath is where a server has the state.
func (c *configuration) statePath() string { return statesPath + c.name }

// change changes what is declared, at random: some templates come, go, move, or become others.
func (c *configuration) change(r *rand.Rand, times int) {
	for range times {
		names := slices.Sorted(maps.Keys(c.declared))
		if len(names) == 0 || len(names) < 9 && r.IntN(3) == 0 {
			name := fmt.Sprint("t", c.titles)
			c.declared[name] = template{Title: c.title(), Folder: c.folders[r.IntN(len(c.folders))], Steps: steps(r)}
			continue
		}
		name := names[r.IntN(len(names))]
		t := c.declared[name]
		switch r.IntN(5) {
		case 0:
			delete(c.declared, name)
			continue
		case 1:
			t.Title = c.title()
		case 2:
			t.Folder = c.folders[r.IntN(len(c.folders))]
		case 3:
			t.Steps = steps(r)
		case 4:
			t.Desc = fmt.Sprint("说明 ", r.IntN(1000))
		}
		c.declared[name] = t
	}
}

func (c *configuration) title() string {
	c.titles++
	return fmt.Sprint(c.name, " ", c.titles)
}

func steps(r *rand.Rand) []step {
	all := make([]step, 1+r.IntN(3))
	for i := range all {
		all[i] = step{Name: fmt.Sprint("第", i+1, "步"), Any: r.IntN(2) == 0}
		for _, at := range r.Perm(len(records.ExampleUsers))[:1+r.IntN(3)] {
			all[i].Approvers = append(all[i].Approvers, records.ExampleUsers[at].ID)
		}
		slices.Sort(all[i].Approvers)
	}
	return all
}

// write writes what is declared as a configuration for a drive.
func (c *configuration) write(t *testing.T, url string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "provider \"yomicloud\" {\n  endpoint = %q\n  retries = 2\n  timeout = %q\n"+
		"  longest_wait = \"50ms\"\n  lost_write_wait = %q\n}\n", url, timeout, lostWriteWait)
	kind, more := "local", ""
	if c.server != nil {
		kind, more = "http", fmt.Sprintf("  address = %q\n  lock_address = %q\n  retry_wait_min = 0\n",
			url+c.statePath(), url+c.statePath()+"/lock")
	}
	if c.encrypted {
		more += "  encryption {}\n"
	}
	fmt.Fprintf(&b, "state %q {\n%s}\n", kind, more)
	for _, id := range c.folders {
		fmt.Fprintf(&b, "folder \"f%d\" { id = %[1]d }\n", id)
	}
	for _, u := range records.ExampleUsers {
		fmt.Fprintf(&b, "approver \"u%d\" {\n  id = %[1]d\n  username = %q\n  realname = %q\n}\n", u.ID, u.Username,
			u.Realname)
	}
	for _, name := range slices.Sorted(maps.Keys(c.declared)) {
		d := c.declared[name]
		fmt.Fprintf(&b, "template %q {\n  scope = folder.f%d\n  title = %q\n  description = %q\n"+
			"  approval_type = \"不处理\"\n", name, d.Folder, d.Title, d.Desc)
		for _, s := range d.Steps {
			people := make([]string, len(s.Approvers))
			for i, id := range s.Approvers {
				people[i] = fmt.Sprint("approver.u", id)
			}
			fmt.Fprintf(&b, "  step %q {\n    approvers = [%s]\n    require = %q\n  }\n", s.Name,
				strings.Join(people, ", "), map[bool]string{true: "any", false: "all"}[s.Any])
		}
		b.WriteString("}\n")
	}
	programtest.Write(t, filepath.Join(c.dir, "main.hcl"), b.String())
}

// state is what is kept, without the journal.
func (c *configuration) state(t *testing.T) (kept state.State) {
	t.Helper()
	var text []byte
	var err error
	if c.server != nil {
		text = c.server.states.Document(c.statePath())
	} else if text, err = os.ReadFile(filepath.Join(c.dir, "countersign.state.json")); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if text == nil && err == nil { // there was nothing to keep yet
		return kept
	}
	if c.encrypted && bytes.Contains(text, []byte(`"templates"`)) {
		t.Errorf("the state of %s is in clear:\n%s", c.name, text)
	}
	cipher, err2 := seal.New(seal.Keys{Identity: identity})
	if err = errors.Join(err, err2); err == nil {
		kept, err = store.New(nil, cipher).Decode(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// differs compares what is declared with the drive and with the state; "" when all three are the same. It takes the
// templates that it has found out of all.
func (c *configuration) differs(t *testing.T, all map[int64]live) string {
	t.Helper()
	kept := c.state(t)
	if len(kept.Bindings) != len(c.declared) {
		return fmt.Sprintf("the state has %d templates, %d are declared", len(kept.Bindings), len(c.declared))
	}
	for _, k := range kept.Bindings {
		want, is := c.declared[strings.TrimPrefix(k.Address.String(), "template.")]
		l, there := all[k.ID]
		delete(all, k.ID)
		recorded := template{Title: k.Recorded.Title, Desc: k.Recorded.Description, Folder: k.ScopeID}
		for _, s := range k.Recorded.Steps {
			one := step{Name: s.Name, Any: s.Rule == schema.RuleAny}
			for _, a := range s.Approvers {
				one.Approvers = append(one.Approvers, a.ID)
			}
			recorded.Steps = append(recorded.Steps, one)
		}
		onDrive := template{Title: l.Title, Desc: l.Desc, Folder: l.FileID, Steps: l.Steps}
		for _, got := range []*template{&recorded, &onDrive} {
			for _, s := range got.Steps {
				slices.Sort(s.Approvers)
			}
			if !is || !there || fmt.Sprint(*got) != fmt.Sprint(want) {
				return fmt.Sprintf("%s (tid %d): declared (%v) %v, state %v, drive (%v) %v", k.Address, k.ID, is, want,
					recorded, there, onDrive)
			}
		}
	}
	return ""
}
