package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/urfave/cli/v2"
)

// TestHelpFitsAScreen demands of every help text that it fits 24 lines of 112 columns (the list of all commands takes
// 40), and of every command's that it shows an example that begins with the command itself.
func TestHelpFitsAScreen(t *testing.T) {
	var check func(names []string, c *cli.Command)
	check = func(names []string, c *cli.Command) {
		out, err := exec.Command("countersign", append(names, "-help")...).Output()
		if err != nil {
			t.Fatalf("help of %q: %v", names, err)
		}
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
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
		if len(c.Subcommands) == 0 && !strings.Contains(string(out), "  countersign "+strings.Join(names, " ")) && c.Name != "completion" {
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
