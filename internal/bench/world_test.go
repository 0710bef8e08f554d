//go:build unix

package bench

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The world that the benchmark makes: folders with ten templates each, every template three steps of three people.
const (
	templatesInFolder = 10
	staff             = 30 // users besides those of the drive's example world
	configFiles       = 10 // that the blocks are spread over
)

func staffUsername(n int) string { return fmt.Sprintf("staff%02d", n) }
func staffRealname(n int) string { return fmt.Sprintf("员工%02d号", n) }

// form is one way to write the world down.
type form struct {
	name  string
	write func(testing.TB, string, *benchDrive) // into a folder
	file  string                                // that is edited
	edit  [2]string                             // a text that is there once, and what it becomes: one template changes

	// budget is what a plan that finds nothing to do should take at most, by what the floors took, and how that is
	// reckoned.
	budget func(client, parse time.Duration) (time.Duration, string)
}

var forms = []form{
	{
		name: "blocks", write: writeBlocks, file: "department0.hcl",
		edit: [2]string{`title         = "第3类审批0000"`, `title         = "第3类新审批0000"`},
		budget: func(client, parse time.Duration) (time.Duration, string) {
			return 2*(client+parse) + 500*time.Millisecond, "2 × (both floors) + 0.5 s"
		},
	},
	{
		name: "for_each", write: writeForEach, file: "main.hcl",
		edit: [2]string{`strict  = "none"`, `strict  = "d0007-3"`},
		budget: func(client, _ time.Duration) (time.Duration, string) {
			return 3*client + time.Second, "3 × the bare client + 1 s"
		},
	},
}

// create writes a file line by line: the benchmark's own process must stay small, because a child's peak memory
// begins with that of the process that starts it.
func create(t testing.TB, path string, write func(*bufio.Writer)) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	write(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func writeProvider(w *bufio.Writer, d *benchDrive) {
	fmt.Fprintf(w, "provider \"yomicloud\" {\n  endpoint = %q\n}\n", d.URL)
}

// writeBlocks writes a block for each folder, approver and template, over several files.
func writeBlocks(t testing.TB, dir string, d *benchDrive) {
	create(t, filepath.Join(dir, "main.hcl"), func(w *bufio.Writer) {
		writeProvider(w, d)
		for n := range staff {
			fmt.Fprintf(w, "\napprover %q {\n  id       = %d\n  username = %[1]q\n  realname = %[3]q\n}\n",
				staffUsername(n), d.FirstUser+n, staffRealname(n))
		}
	})
	for part := range configFiles {
		create(t, filepath.Join(dir, fmt.Sprintf("department%d.hcl", part)), func(w *bufio.Writer) {
			for f := part * d.Folders / configFiles; f < (part+1)*d.Folders/configFiles; f++ {
				fmt.Fprintf(w, "folder \"d%04d\" {\n  id = %d\n}\n\n", f, d.FirstFolder+f)
				for k := range templatesInFolder {
					writeTemplateBlock(w, f, k)
				}
			}
		})
	}
}

func writeTemplateBlock(w *bufio.Writer, folder, k int) {
	fmt.Fprintf(w, "template \"d%04d-%d\" {\n  scope         = folder.d%04[1]d\n"+
		"  title         = \"第%[2]d类审批%04[1]d\"\n  approval_type = \"上传文件\"\n", folder, k)
	for s, rule := range []string{`require   = "any"`, `require   = "all"`, `min_approvals = 2`} {
		people := make([]string, 3)
		for i := range people {
			people[i] = "approver." + staffUsername((folder+k+7*s+i)%staff)
		}
		fmt.Fprintf(w, "\n  step %q {\n    approvers = [%s]\n    %s\n  }\n", []string{"初审", "复审", "终审"}[s],
			strings.Join(people, ", "), rule)
	}
	fmt.Fprint(w, "}\n\n")
}

// writeForEach writes the same number of folders and templates as one block each.
func writeForEach(t testing.TB, dir string, d *benchDrive) {
	create(t, filepath.Join(dir, "main.hcl"), func(w *bufio.Writer) {
		writeProvider(w, d)
		fmt.Fprintf(w, `
locals {
  staff   = { for n in range(%d) : format("staff%%02d", n) => n }
  folders = { for n in range(%d) : format("d%%04d", n) => n }
  strict  = "none"

  templates = {
    for pair in setproduct(keys(local.folders), range(%d)) :
    "${pair[0]}-${pair[1]}" => { folder = pair[0], kind = pair[1] }
  }
  teams = [
    for n in range(%[3]d) : [for i in range(3) : approver.staff[format("staff%%02d", n + i)]]
  ]
}

approver "staff" {
  for_each = local.staff
  id       = %d + each.value
  username = each.key
  realname = format("员工%%02d号", each.value)
}

folder "department" {
  for_each = local.folders
  id       = %d + each.value
}

template "rule" {
  for_each      = local.templates
  scope         = folder.department[each.value.folder]
  title         = "第${each.value.kind}类审批${each.value.folder}"
  approval_type = "上传文件"

  step "初审" {
    approvers = local.teams[each.value.kind]
    require   = "any"
  }
  step "复审" {
    approvers = [for i in range(3) : approver.staff[format("staff%%02d", 10 + each.value.kind + i)]]
    require   = "all"
  }
  step "终审" {
    approvers     = [approver.staff["staff00"], approver.staff["staff01"], approver.staff["staff02"]]
    min_approvals = each.key == local.strict ? 3 : 2
  }
}
`, staff, d.Folders, templatesInFolder, d.FirstUser, d.FirstFolder)
	})
}

// rewrite replaces the one place of a file where a text occurs.
func rewrite(t testing.TB, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), old); n != 1 {
		t.Fatalf("%s holds %q %d times", path, old, n)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
