package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// worldBlocks writes n templates as blocks of their own, ten to a folder.
func worldBlocks(n int) string {
	var b strings.Builder
	writeApprovers(&b)
	for i := range n {
		if i%10 == 0 {
			fmt.Fprintf(&b, "folder \"f%d\" {\n  id = %d\n}\n", i/10, 100+i/10)
		}
		fmt.Fprintf(&b, `template "t%d" {
  scope         = folder.f%d
  title         = "审批 %d"
  approval_type = "修改文件"
  step "初审" {
    approvers = [approver.a1, approver.a2, approver.a3]
    require   = "any"
  }
  step "复审" {
    approvers     = [approver.a4, approver.a5, approver.a6]
    min_approvals = 2
  }
  step "终审" {
    approvers = [approver.a7, approver.a8, approver.a9]
    require   = "all"
  }
}
`, i, i/10, i)
	}
	return b.String()
}

// worldForEach writes the same as one folder block and one template block with for_each over worldRows.
func worldForEach(int) string {
	var b strings.Builder
	writeApprovers(&b)
	b.WriteString(`locals {
  rows = csvdecode(file("rows.csv"))
}
folder "team" {
  for_each = { for r in local.rows : r.folder => r.id... }
  id       = each.value[0]
}
template "t" {
  for_each      = { for r in local.rows : r.name => r }
  scope         = folder.team[each.value.folder]
  title         = "审批 ${each.key}"
  approval_type = "修改文件"
  step "初审" {
    approvers = [approver.a1, approver.a2, approver.a3]
    require   = "any"
  }
  step "复审" {
    approvers     = [approver.a4, approver.a5, approver.a6]
    min_approvals = 2
  }
  step "终审" {
    approvers = [approver.a7, approver.a8, approver.a9]
    require   = "all"
  }
}
`)
	return b.String()
}

// worldRows is a line of CSV a template: its name, and the name and id of its folder.
func worldRows(n int) string {
	var b strings.Builder
	b.WriteString("name,folder,id\n")
	for i := range n {
		fmt.Fprintf(&b, "t%d,f%d,%d\n", i, i/10, 100+i/10)
	}
	return b.String()
}

func writeApprovers(b *strings.Builder) {
	for i := 1; i <= 9; i++ {
		fmt.Fprintf(b, "approver \"a%d\" {\n  id       = %d\n  username = \"u%d\"\n  realname = \"用户%d\"\n}\n", i, i, i,
			i)
	}
}

func benchmark(b *testing.B, world func(int) string) {
	for _, n := range []int{1000, 10000} {
		dir := b.TempDir()
		path := filepath.Join(dir, "world.hcl")
		for name, text := range map[string]string{path: world(n), filepath.Join(dir, "rows.csv"): worldRows(n)} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		source, diags := Load(path)
		if diags.HasErrors() {
			b.Fatal(diags)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				config, diags := source.Evaluate(Inputs{}, nil)
				if diags.HasErrors() || len(config.Declaration.Templates) != n {
					b.Fatal(len(config.Declaration.Templates), diags)
				}
			}
		})
	}
}

func BenchmarkEvaluateBlocks(b *testing.B)  { benchmark(b, worldBlocks) }
func BenchmarkEvaluateForEach(b *testing.B) { benchmark(b, worldForEach) }
