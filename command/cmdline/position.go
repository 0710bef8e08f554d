package cmdline

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// Position is where the last word of an unfinished command line stands, for completion.
type Position struct {
	Command string         // the command's words, such as "state list"
	Within  []*cli.Command // the commands that the word can name
	Flags   []cli.Flag     // the flags that it can name
	Value   cli.Flag       // the flag of which it is the value, nil for none
	Word    string         // what is typed of the word, or of the flag's value
	Help    bool           // the words ask for help

	Chdir string   // of -chdir
	Given []string // flags of the command, as --name=value
	Args  []string // the arguments before the word
}

// PositionOf finds the position of the last of some words. There is none where the words before it are wrong.
func PositionOf(app *cli.App, words []string) (p Position, ok bool) {
	before, word := words[:len(words)-1], words[len(words)-1]
	r := &reader{app: app, within: app.Commands, all: before}
	if err := r.read(); err != nil && r.waiting == nil {
		return p, false
	}
	p.Value = r.waiting
	if name, value, given := strings.Cut(strings.TrimLeft(word, "-"), "="); p.Value == nil && given && word[0] == '-' {
		if p.Value, _ = lookup(app, r.at, name); p.Value == nil {
			return p, false
		}
		word = value
	}
	p.Command, p.Within, p.Flags, p.Help = strings.Join(r.names, " "), r.within, r.flags(), r.help
	p.Word, p.Given, p.Args = word, r.local, r.rest
	for _, f := range r.global {
		if dir, found := strings.CutPrefix(f, "--chdir="); found {
			p.Chdir = dir
		}
	}
	return p, true
}
