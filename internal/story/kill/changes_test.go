package kill

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

// changes is a first configuration that has been applied, and a second one that differs from it by fifty changes.
type changes struct {
	world  *world   // with the first configuration and its state; its drive is closed
	config string   // the second configuration
	titles []string // what the drive must have once that is applied, sorted
}

// applying are the arguments that apply a second configuration, and make two templates anew that stay as they are.
var applying = []string{"apply", "-auto-approve", "-max-removals=50", "-replace=template.stay0",
	"-replace=template.stay1"}

// fiftyChanges are 15 creates, 14 updates, 8 templates that move to another scope, 9 removals, 2 templates that are to
// be made anew, and 2 attachments.
func fiftyChanges(t *testing.T) changes {
	t.Helper()
	var one, two strings.Builder
	c := changes{world: newWorld(t), titles: []string{foreign}}
	template := func(b *strings.Builder, name, folder, title, rule string) {
		fmt.Fprintf(b, `template %q {
  scope         = folder.%s
  title         = %q
  approval_type = "上传文件"
  step "初审" {
    approvers = [approver.admin, approver.test02]
    require   = %q
  }
}
`, name, folder, title, rule)
		if b == &two {
			c.titles = append(c.titles, title)
		}
	}
	for i := range 15 {
		template(&two, fmt.Sprint("new", i), []string{"a", "b"}[i%2], fmt.Sprint("新", i), "all")
	}
	for i := range 14 {
		template(&one, fmt.Sprint("change", i), "a", fmt.Sprint("改", i), "any")
		template(&two, fmt.Sprint("change", i), "a", fmt.Sprint("改", i, "了"), "all")
	}
	for i := range 8 {
		template(&one, fmt.Sprint("move", i), "a", fmt.Sprint("移", i), "any")
		template(&two, fmt.Sprint("move", i), "b", fmt.Sprint("移", i), "any")
	}
	for i := range 2 {
		template(&one, fmt.Sprint("stay", i), "a", fmt.Sprint("留", i), "any")
		template(&two, fmt.Sprint("stay", i), "a", fmt.Sprint("留", i), "any")
	}
	for i := range 9 {
		template(&one, fmt.Sprint("old", i), "c", fmt.Sprint("旧", i), "any")
	}
	slices.Sort(c.titles)
	c.world.write(t, head+one.String())
	c.world.must(t, "the first apply", "apply", "-auto-approve")
	writeDocuments(t, c.world.dir)
	if err := c.world.drive.Close(); err != nil {
		t.Fatal(err)
	}
	c.config = head + two.String() + staging
	return c
}

// foreign is the title of a template of the example world, on a file that no scope here names.
const foreign = "申请修改"

// head is what both configurations have: a drive that carries out at once what it is sent, folders and people.
const head = `provider "yomicloud" {
  endpoint        = "{drive}"
  lost_write_wait = "300ms"
}
folder "a" { id = 72 }
folder "b" { id = 73 }
folder "c" { id = 74 }
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
approver "test02" {
  id       = 3
  username = "test02"
  realname = "测试2"
}
`

// staging stages a file by itself, and a folder on the drive and in DingTalk, with a link to each of its files.
const staging = `provider "dingtalk" { endpoint = "{drive}" }
attachment "one" {
  files = ["docs/a.txt"]
  drive {}
}
attachment "tree" {
  files = fileset("docs", "**")
  drive {}
  dingtalk {
    user_id  = "user123"
    union_id = "union123"
    link { conversation_id = "cidSandbox" }
  }
}
`

// writeDocuments writes two files of different sizes, which are staged.
func writeDocuments(t *testing.T, dir string) {
	t.Helper()
	programtest.Write(t, filepath.Join(dir, "docs/a.txt"), "one")
	programtest.Write(t, filepath.Join(dir, "docs/sub/b.txt"), "the second")
}
