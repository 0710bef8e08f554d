package docs

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/yomicloud"
	"countersign/schema"
)

// The world that sandbox.md draws and lists is the one that a new sandbox has.
func TestSandboxWorld(t *testing.T) {
	page := read(t, filepath.Join(root, "docs", "sandbox.md"))
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	client, err := yomicloud.New(yomicloud.Options{Endpoint: "http://drive.example.com", Token: box.Tokens()[0].Token,
		Transport: box.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	drawn := ""
	for _, block := range fence.FindAllStringSubmatch(page, -1) {
		if strings.HasPrefix(block[2], "公司文件 (1)\n") {
			drawn = regexp.MustCompile(`(?m)   +template .*$`).ReplaceAllString(block[2], "")
		}
	}
	if tree := draw(t, client, 0, ""); drawn != tree {
		t.Errorf("the page draws\n%s\nand the world is\n%s", drawn, tree)
	}
	row := func(cells ...any) {
		if line := strings.TrimSpace(fmt.Sprintln(cells...)); !strings.Contains(page, "\n"+line) {
			t.Errorf("the page has no line %s …", line)
		}
	}
	for _, user := range box.Tokens() {
		row("|", user.ID, "|", user.Username, "|", user.Realname, "|")
	}
	types, _, err := client.Catalogue(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range types {
		what := map[schema.AppliesTo]string{schema.AppliesToAny: "folders and files", schema.AppliesToFolders: "folders",
			schema.AppliesToFiles: "files"}
		row("|", kind.ID, "|", kind.Name, "|", what[kind.AppliesTo], "|")
	}
}

// draw draws what is in a folder; at the top there is one folder alone.
func draw(t *testing.T, client *yomicloud.Client, folder int64, margin string) string {
	entries, err := client.Children(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(entries, func(a, b schema.Entry) int { return cmp.Compare(a.ID, b.ID) })
	text := ""
	for i, e := range entries {
		branch, below := "├── ", "│   "
		if i == len(entries)-1 {
			branch, below = "└── ", "    "
		}
		if folder == 0 {
			branch, below = "", ""
		}
		text += fmt.Sprintf("%s%s%s (%d)\n", margin, branch, e.Name, e.ID)
		if e.Folder {
			text += draw(t, client, e.ID, margin+below)
		}
	}
	return text
}
