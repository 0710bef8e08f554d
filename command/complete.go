package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/schema/addr"
)

// proposals are what can stand in place of the last word of a command line. The scripts for shells show them.
type proposals struct {
	words [][2]string // each with what it means
	files string      // what files can stand there, too: one of those below
}

const (
	noFiles        = "words"
	anyFile        = "files"
	configurations = "configurations" // folders and *.hcl files
)

// propose completes the last of some words, those of a command line after the program's name.
func propose(ctx context.Context, app *cli.App, words []string) proposals {
	at, ok := cmdline.PositionOf(app, words)
	if !ok {
		return proposals{files: noFiles}
	}
	typed := words[len(words)-1]
	switch {
	case at.Value != nil:
		return valuesOf(ctx, at)
	case strings.HasPrefix(typed, "-"):
		return flagsOf(at, typed)
	case len(at.Within) > 0:
		p := proposals{files: noFiles}
		for _, c := range at.Within {
			p.add(typed, c.Name, c.Usage)
		}
		if at.Command == "" && !at.Help {
			p.add(typed, "help", "Explain a command")
		}
		return p
	}
	return argumentsOf(ctx, at)
}

// add adds a word that begins with what is typed.
func (p *proposals) add(typed, word, meaning string) {
	if strings.HasPrefix(word, typed) {
		p.words = append(p.words, [2]string{word, meaning})
	}
}

func (p *proposals) addAll(typed string, words []string) {
	for _, w := range words {
		p.add(typed, w, "")
	}
}

// flagsOf are the flags that can stand at a position, with as many dashes as are typed. What takes a value ends in "=".
func flagsOf(at cmdline.Position, typed string) proposals {
	p := proposals{files: noFiles}
	dashes := "-"
	if strings.HasPrefix(typed, "--") {
		dashes = "--"
	}
	for _, f := range at.Flags {
		name := dashes + f.Names()[0]
		if _, isBool := f.(*cli.BoolFlag); !isBool {
			name += "="
		}
		p.add(typed, name, strings.ReplaceAll(cmdline.UsageOf(f), "`", ""))
	}
	p.add(typed, dashes+"help", "explain the command")
	return p
}

// valuesOf are the values of a flag.
func valuesOf(ctx context.Context, at cmdline.Position) proposals {
	name := at.Value.Names()[0]
	p := proposals{files: noFiles}
	few, known := fewValues()[at.Command+" -"+name]
	kinds := addressFlags[name]
	switch {
	case name == "refuse" && known: // a list, of which the last word is being written
		done := at.Word[:strings.LastIndexByte(at.Word, ',')+1]
		for _, verdict := range few {
			p.add(at.Word, done+verdict, "")
		}
	case known:
		p.addAll(at.Word, few)
	case kinds != nil:
		p.addAll(at.Word, addresses(ctx, at, kinds))
		if name == "attach" {
			p.files = anyFile
		}
	default:
		switch at.Value.(type) {
		case *cli.StringFlag, *cli.StringSliceFlag, *cli.GenericFlag:
			p.files = anyFile
		}
	}
	return p
}

// argumentsOf are the arguments of a command.
func argumentsOf(ctx context.Context, at cmdline.Position) proposals {
	p := proposals{files: configurations}
	switch at.Command {
	case "version", "sandbox":
		p.files = noFiles
	case "completion":
		p.files = noFiles
		p.addAll(at.Word, shells)
	case "apply", "show", "stage", "state push": // a saved plan may have any name
		p.files = anyFile
	}
	if kinds := addressArguments[at.Command]; kinds != nil {
		p.addAll(at.Word, addresses(ctx, at, kinds))
	}
	return p
}

// fewValues are the values of flags that have few, by the command and the flag.
func fewValues() map[string][]string {
	var kinds []string
	for _, kind := range report.PlanKinds {
		kinds = append(kinds, kind+"=")
	}
	return map[string][]string{
		"plan -report": kinds, "drift -report": kinds, "test -report": {"junit="}, "coverage -report": {"html="},
		"plan -refuse": verdicts(), "drift -refuse": verdicts(),
		"graph -type": {"folders", "approvers", "flow"}, "graph -format": {"mermaid", "dot"},
		"validate -format": formats,
		"stage -to":        {"drive", "dingtalk"}, "stage -on-conflict": {"rename", "overwrite", "reuse", "fail"},
	}
}

var (
	bound = []string{"template", "attachment"}
	aims  = []string{"template", "folder", "file"}
)

// addressFlags are the flags that take addresses, with the kinds of those.
var addressFlags = map[string][]string{
	"target":  {"template", "folder", "file", "attachment"},
	"replace": {"template"}, "template": {"template"}, "weaker-than": {"template"},
	"preview": {"attachment"}, "attach": {"attachment"},
	"on": {"folder", "file"}, "under": {"folder"}, "if-gone": {"approver"},
}

// addressArguments are the commands that take addresses, with the kinds of those.
var addressArguments = map[string][]string{
	"accept": aims, "explain": aims, "who": aims, "import": {"template"}, "approval raise": {"template"},
	"state list": bound, "state show": bound, "state mv": bound, "state rm": bound,
}

// patience is how long completion waits for a state that a server keeps.
const patience = 2 * time.Second

// addresses are those of some kinds that the configuration of a command line declares, and those in its state. No
// drive is called, and what is wrong with the configuration is left to other commands.
func addresses(ctx context.Context, at cmdline.Position, kinds []string) []string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var f run.Flags
	f.Take(at.Given, at.Args)
	if enter(at.Chdir) != nil || f.OnDisk() != nil {
		return nil
	}
	all := run.Addresses(ctx, f)
	return addr.Texts(slices.DeleteFunc(all, func(a addr.Address) bool { return !slices.Contains(kinds, a.Kind) }))
}

// print prints proposals for the scripts: first the kind of files, then a word and its meaning a line.
func (p proposals) print(w io.Writer) error {
	lines := []string{p.files}
	for _, word := range p.words {
		lines = append(lines, strings.TrimRight(word[0]+"\t"+word[1], "\t"))
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// unquoted is a word as a shell understands it, also if a quotation mark is still open.
func unquoted(word string) string {
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(word, "~/") {
		word = home + word[1:]
	}
	var b strings.Builder
	quote := rune(0)
	escaped := false
	for _, r := range word {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
