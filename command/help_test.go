package command

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/command/cmdline"

	"github.com/mattn/go-runewidth"
	"github.com/urfave/cli/v2"
)

// TestHelpFitsAScreen demands of every help text that it fits 24 lines of 112 columns (the list of all commands takes
// 40), and of every command's that it shows an example that begins with the command itself.
func TestHelpFitsAScreen(t *testing.T) {
	var check func(names []string, c *cli.Command)
	check = func(names []string, c *cli.Command) {
		line, err := cmdline.Arrange(program(), append(slices.Clone(names), "-help"), nil)
		if err != nil {
			t.Fatalf("help of %q: %v", names, err)
		}
		out := line.Help()
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		most := 24
		if c == nil {
			most = 40
		}
		if len(lines) > most {
			t.Errorf("help of %q has %d lines", names, len(lines))
		}
		for _, l := range lines {
			if w := runewidth.StringWidth(l); w > 112 {
				t.Errorf("help of %q has a line of %d columns: %s", names, w, l)
			}
		}
		if c == nil {
			return
		}
		if len(c.Subcommands) == 0 && !strings.Contains(out, "  countersign "+strings.Join(names, " ")) &&
			c.Name != "completion" {
			t.Errorf("help of %q shows no example:\n%s", names, out)
		}
		for _, s := range c.Subcommands {
			check(append(names[:len(names):len(names)], s.Name), s)
		}
	}
	check(nil, nil)
	for _, c := range program().Commands {
		check([]string{c.Name}, c)
	}
}

// listItem is an item of a list that begins with a flag, and listedFlag a flag in it.
var (
	listItem   = regexp.MustCompile("(?m)^- `-[^\n]*(\n  [^\n]*)*")
	listedFlag = regexp.MustCompile("`-([a-z][a-z-]*)")
)

// docs/commands.md names every command, and every flag of it in the command's own section or among the shared ones. Its
// list of a command's flags has none that the command does not have.
func TestDocsNameEveryFlag(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, s := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(s, "\n")
		sections[title] = body
	}
	shared := sections["Flags that commands share"]
	var check func(prefix string, commands []*cli.Command)
	check = func(prefix string, commands []*cli.Command) {
		for _, c := range commands {
			name := prefix + c.Name
			if len(c.Subcommands) > 0 {
				check(name+" ", c.Subcommands)
				continue
			}
			section, ok := sections[name]
			if !ok {
				t.Errorf("docs/commands.md has no section %q", name)
			}
			for _, f := range c.Flags {
				flag := "-" + f.Names()[0]
				if !regexp.MustCompile(regexp.QuoteMeta(flag) + `\b`).MatchString(section + shared) {
					t.Errorf("docs/commands.md: section %q does not name %s", name, flag)
				}
			}
			for _, item := range listItem.FindAllString(section, -1) {
				list, _, _ := strings.Cut(item, "`: ")
				for _, flag := range listedFlag.FindAllStringSubmatch(list+"`", -1) {
					if !slices.ContainsFunc(c.Flags,
						func(f cli.Flag) bool { return slices.Contains(f.Names(), flag[1]) }) {
						t.Errorf("docs/commands.md: section %q lists -%s, which the command does not have", name,
							flag[1])
					}
				}
			}
		}
	}
	check("", program().Commands)
}
