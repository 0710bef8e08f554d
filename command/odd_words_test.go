package command

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
)

// oddWords are what people and pipelines put on a command line by mistake, and what it must come to: "" is an answer of
// help, "run" the command itself, with what was written as a path or a value of a flag; else a part of the error.
var oddWords = map[string][]string{
	"unknown flag": {"-nonsense", "--nonsense=1", "---json", "-generate-bash-completion", "-变量", "-\xff", "-json\n",
		"x -nonsense"},
	"a flag without a name":           {"-=", "--=", "-=x"},
	"is no hyphen: write -no-color":   {"—no-color", "－no-color", "–no-color", "−−no-color", "——no-color=true"},
	"an argument is empty":            {"''", "'' ''", "x ''", "-- ''"},
	"write true or false":             {"-help=perhaps", "-h="},
	"after it stands the flag -help":  {"-chdir -help"},
	"after it stands the flag -chdir": {"-chdir --chdir=x"},
	"is given and empty":              {"-chdir=", "-chdir ''", "-chdir=\u3000"},
	"full-width equals sign":          {"-chdir＝x"},
	"-chdir needs a value":            {"-chdir", "x -chdir"},
	"": {"-h", "--help", "-help=true", "x -h", "-chdir=x -h", "-h -h",
		"-help=false -help"},
	"run": {"--", "-- -h", "-- help", "-- --nonsense", "help", "h", "help help", "-h=false", "-", "-chdir=a -chdir=b",
		"—file", "x y z"},
}

// Whatever is written after whichever command, the library behind the commands says nothing itself, and takes no word
// for a question.
func TestOddWords(t *testing.T) {
	for _, path := range leaves(program().Commands, nil) {
		for want, tries := range oddWords {
			for _, try := range tries {
				tryWords(t, append(slices.Clone(path), split(try)...), want)
				if strings.HasPrefix(try, "-chdir=") { // it may go before the command, too
					tryWords(t, append(split(try), path...), want)
				}
			}
		}
		for _, f := range leaf(path).Flags {
			tryFlag(t, path, f)
		}
	}
	for want, tries := range map[string][]string{
		"a command is needed": {"--", "-- plan", "-- help plan", "-chdir plan", "-chdir=x",
			"-help=false -chdir=x"},
		"the name of the command":   {"''", "'' plan", "state ''", "approval '' -json"},
		"unknown command":           {"-", "state -", "x", "state x", "state list\n", "help x", "x -h", "state －"},
		"needs a command after it":  {"state", "approval", "state --", "approval -h=false", "state -chdir=x"},
		"belongs to commands":       {"-json", "-json plan", "-parallelism=1 plan"},
		"is no hyphen: write -help": {"—help", "state －help", "—help plan"},
		"": {"-h", "help", "h", "help plan", "help state", "state help", "state h", "help flags", "-v -h",
			"-chdir=x -help"},
		"run": {"-v", "-version", "--version=true", "plan -", "-chdir=x plan"},
	} {
		for _, try := range tries {
			tryWords(t, split(try), want)
		}
	}
}

// tryFlag gives a flag no value, an empty one, one of another kind, and gives it twice.
func tryFlag(t *testing.T, path []string, f cli.Flag) {
	t.Helper()
	name := "-" + f.Names()[0]
	line := func(words ...string) []string { return append(slices.Clone(path), words...) }
	switch f.(type) {
	case *cli.BoolFlag:
		for _, odd := range []string{name + "=", name + "=2", name + "=ja", name + "＝"} {
			want := "write true or false"
			if strings.HasSuffix(odd, "＝") {
				want = "full-width equals sign"
			}
			tryWords(t, line(odd), want)
		}
		tryWords(t, line(name, name), "run")
		tryWords(t, line(name+"=false", "-"+name), "run")
		return
	case *cli.IntFlag, *cli.Int64Flag, *cli.Uint64Flag, *cli.Float64Flag, *cli.DurationFlag:
		for _, odd := range []string{"", " ", "x", "1_x", "０", "--", "1\n"} {
			tryWords(t, line(name+"="+odd), "write a")
		}
		if _, isDuration := f.(*cli.DurationFlag); isDuration {
			tryWords(t, line(name, "-1s"), "write a")
			tryWords(t, line(name+"=1s", name+"=2s"), "run")
		} else {
			tryWords(t, line(name+"=1", name+"=2"), "run")
		}
	case *cli.StringFlag, *cli.StringSliceFlag, *cli.GenericFlag:
		want := "is given and empty"
		if name == "-var" {
			want = "write -var NAME=VALUE"
		}
		for _, odd := range [][]string{{name + "="}, {name, ""}, {name + "=\u3000"}, {name, "\n"}} {
			tryWords(t, line(odd...), want)
		}
		tryWords(t, line(name+"=a=b", "-"+name+"=c=d"), "run")
	default: // a text that may be empty
		tryWords(t, line(name+"="), "run")
	}
	tryWords(t, line(name), name+" needs a value")
	tryWords(t, line(name, "-help"), "after it stands the flag -help")
}

// tryWords holds one command line to what must come of it.
func tryWords(t *testing.T, words []string, want string) {
	t.Helper()
	app := program()
	var said bytes.Buffer
	app.Writer, app.ErrWriter, app.Before = &said, &said, nil
	ran := false
	for _, c := range cmdline.Flatten(app.Commands) {
		if len(c.Subcommands) == 0 {
			c.Action = func(*cli.Context) error { ran = true; return nil }
		}
	}
	line, err := cmdline.Arrange(app, words, nil)
	if err == nil && line.Help == nil {
		err = line.Run(context.Background(), app)
		if ran == (err != nil) {
			t.Errorf("%q: it ran: %v, with error %v", words, ran, err)
		}
		if err != nil { // ours all the same: what a flag says of its value
			t.Errorf("%q: an error of the library's? %v", words, err)
		}
	}
	if said.Len() > 0 {
		t.Errorf("%q: the library says %q", words, said.String())
	}
	told := func(text string) bool { return strings.Contains(err.Error(), text) }
	switch {
	case err != nil && (want == "" || want == "run" || !told(want) || !told("\nFor help: countersign")):
		t.Errorf("%q: got the error %q, want %q", words, err, want)
	case err == nil && (want != "run" || !ran) && (want != "" || line.Help == nil):
		t.Errorf("%q: ran: %v, help: %v, want %q", words, ran, line.Help != nil, want)
	}
}

// leaves are the words of all commands that are no groups.
func leaves(commands []*cli.Command, before []string) (all [][]string) {
	for _, c := range commands {
		path := append(slices.Clone(before), c.Name)
		if len(c.Subcommands) == 0 {
			all = append(all, path)
		}
		all = append(all, leaves(c.Subcommands, path)...)
	}
	return all
}

// leaf is the command that words name.
func leaf(path []string) *cli.Command {
	at := cmdline.Find(program().Commands, path[0])
	for _, name := range path[1:] {
		at = cmdline.Find(at.Subcommands, name)
	}
	return at
}

// split is a command line as words: blanks part them, and two quotation marks are an empty one.
func split(line string) []string {
	words := strings.Split(line, " ")
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "''", "")
	}
	return words
}
