// Package cmdline is all that stands between a command and urfave/cli: words and flags in any order, the flags that
// commands share, help, and what to say to a word that is none of them. It knows of no configuration.
package cmdline

import (
	"slices"

	"github.com/urfave/cli/v2"
)

func Find(commands []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(name) })
	if i < 0 {
		return nil
	}
	return commands[i]
}

// Flatten lists commands with their subcommands.
func Flatten(commands []*cli.Command) []*cli.Command {
	var all []*cli.Command
	for _, c := range commands {
		all = append(append(all, c), Flatten(c.Subcommands)...)
	}
	return all
}

// Groups of commands, in the order in which help lists them.
const (
	GroupMain  = "Main commands"
	GroupState = "State"
	GroupOther = "Other"
)
