package command

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"countersign/command/cmdline"
	"countersign/command/report"
	"countersign/command/run"

	"github.com/urfave/cli/v2"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Category: cmdline.GroupOther, ArgsUsage: "bash|zsh|fish", Action: cmdline.Action(completion),
		Usage: "Print a shell completion script",
		Description: `Examples:
  bash: source <(countersign completion bash)        in ~/.bashrc
  zsh:  source <(countersign completion zsh)         in ~/.zshrc, after compinit
  fish: countersign completion fish > ~/.config/fish/completions/countersign.fish`,
	}
}

// completion prints a script that completes commands, subcommands, flags and configuration files.
func completion(ctx context.Context, args cmdline.Arguments) error {
	if len(args.Words) > 0 && args.Words[0] == "addresses" {
		return offered(ctx, args)
	}
	if len(args.Words) != 1 {
		return args.Wrong(args.Words, 1)
	}
	app := program()
	var script string
	switch shell := args.Words[0]; shell {
	case "bash":
		script = bashCompletion(app)
	case "zsh":
		script = zshCompletion(app)
	case "fish":
		script = fishCompletion(app)
	default:
		return fmt.Errorf("no completion for %q; there is one for bash, zsh and fish%s", shell,
			cmdline.DidYouMean(shell, []string{"bash", "zsh", "fish"}, ""))
	}
	_, err := fmt.Fprint(os.Stdout, script)
	return err
}

// offered prints the addresses that completion offers: those that a configuration declares and those in its state. It
// calls no drive, and what is wrong with the configuration is for other commands to say.
func offered(ctx context.Context, args cmdline.Arguments) error {
	var f run.Flags
	if _, err := f.Resolve(cmdline.Arguments{Words: args.Words[1:]}, 0, 0); err != nil {
		return err
	}
	for _, a := range run.Addresses(ctx, f) {
		if _, err := fmt.Fprintln(os.Stdout, a); err != nil {
			return err
		}
	}
	return nil
}

// addressed are the commands that take addresses; so does each of the flags addressFlags.
const addressed = "accept|explain|import|approval raise|state list|state show|state mv|state rm"

var addressFlags = []string{"target", "replace"}

// choice is what can follow a row of command words.
type choice struct {
	path     string // "", "plan", "state list"
	commands []*cli.Command
	flags    []cli.Flag
}

// choices lists every place in the command line.
func choices(app *cli.App) []choice {
	all := []choice{{"", append(slices.Clone(app.Commands), &cli.Command{Name: "help", Usage: "Explain a command"}),
		app.Flags}, {"help", app.Commands, nil}}
	var walk func(prefix string, commands []*cli.Command)
	walk = func(prefix string, commands []*cli.Command) {
		for _, c := range commands {
			path := strings.TrimSpace(prefix + " " + c.Name)
			all = append(all, choice{path, c.Subcommands, c.Flags})
			walk(path, c.Subcommands)
		}
	}
	walk("", app.Commands)
	return all
}

// values are the words that a flag takes, where they are few; of -report what stands before the file.
func values(f cli.Flag) []string {
	switch f.Names()[0] {
	case "type":
		return []string{"folders", "approvers", "flow"}
	case "format":
		return append([]string{"mermaid", "dot"}, formats...) // of graph, and of validate
	case "to":
		return []string{"drive", "dingtalk"}
	case "on-conflict":
		return []string{"rename", "overwrite", "reuse", "fail"}
	case "refuse":
		return verdicts()
	case "report":
		var kinds []string
		for _, kind := range report.PlanKinds {
			kinds = append(kinds, kind+"=")
		}
		return kinds
	}
	return nil
}

// valued are the names of all flags with few values, and those values.
func valued(app *cli.App) (names []string, words map[string][]string) {
	words = map[string][]string{}
	for _, c := range choices(app) {
		for _, f := range c.flags {
			if name := f.Names()[0]; values(f) != nil && words[name] == nil {
				names, words[name] = append(names, name), values(f)
			}
		}
	}
	return names, words
}

// planned are the commands that take a saved plan, which may be called anything.
const planned = "apply|show"

// words are the names to complete to at a place: "-flag=" where a value follows.
func (c choice) words() (commands, flags []string) {
	for _, sub := range c.commands {
		commands = append(commands, sub.Name)
	}
	if c.path == "completion" {
		commands = []string{"bash", "zsh", "fish"}
	}
	for _, f := range c.flags {
		name := "-" + f.Names()[0]
		if _, isBool := f.(*cli.BoolFlag); !isBool {
			name += "="
		}
		flags = append(flags, name)
	}
	return commands, append(flags, "-help")
}

// groups are the commands that have subcommands.
func groups(app *cli.App) string {
	var names []string
	for _, c := range app.Commands {
		if len(c.Subcommands) > 0 {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, "|")
}

func bashCompletion(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# %[1]s completion for bash
_%[1]s() {
    local cur=${COMP_WORDS[COMP_CWORD]} path="" word commands="" flags="" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            -*|=) continue ;;
        esac
        [[ ${COMP_WORDS[i-1]} == "=" ]] && continue
        if [[ -z $path ]]; then
            path=$word
        else
            case $path in
                %[2]s) path="$path $word" ;;
            esac
        fi
    done
    case $path in
`, app.Name, groups(app))
	for _, c := range choices(app) {
		commands, flags := c.words()
		fmt.Fprintf(&b, "        %q) commands=%q flags=%q ;;\n", c.path, strings.Join(commands, " "),
			strings.Join(flags, " "))
	}
	fmt.Fprintf(&b, `    esac
    COMPREPLY=()
    local flag="" value=$cur
    if [[ $cur == "=" ]]; then
        flag=${COMP_WORDS[COMP_CWORD-1]} value=""
    elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD-1]} == "=" ]]; then
        flag=${COMP_WORDS[COMP_CWORD-2]}
    fi
    case ${flag/#--/-} in
`)
	names, words := valued(app)
	for _, name := range names {
		fmt.Fprintf(&b, "        -%s) COMPREPLY=($(compgen -W %q -- \"$value\")); [[ ${COMPREPLY[0]} == *= ]] && "+
			"compopt -o nospace 2>/dev/null; return ;;\n",
			name, strings.Join(words[name], " "))
	}
	fmt.Fprintf(&b, `    esac
    local at=. address
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == *.hcl || $word == *.hcl.json || -d $word ]] && at=$word
    done
    [[ -z $flag && $cur != -* ]] && flag=${COMP_WORDS[COMP_CWORD-1]}
    case ${flag/#--/-} in
        -%[1]s)
            while IFS= read -r address; do
                [[ $address == "$value"* ]] && COMPREPLY+=("$(printf %%q "$address")")
            done < <(%[2]s completion addresses "$at" 2>/dev/null)
            return ;;
    esac
`, strings.Join(addressFlags, "|-"), app.Name)
	fmt.Fprintf(&b, `    if [[ $cur == -* ]]; then
        local given=${cur/#--/-}
        COMPREPLY=($(compgen -W "$flags" -- "$given"))
        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
        return
    fi
    if [[ -n $commands ]]; then
        COMPREPLY=($(compgen -W "$commands" -- "$cur"))
        return
    fi
    [[ $cur == "=" ]] && cur=""
    case $path in
        %[3]s)
            while IFS= read -r address; do
                [[ $address == "$cur"* ]] && COMPREPLY+=("$(printf %%q "$address")")
            done < <(%[1]s completion addresses "$at" 2>/dev/null)
            [[ ${#COMPREPLY[@]} -gt 0 ]] && return ;;
    esac
    compopt -o filenames 2>/dev/null
    local IFS=$'\n'
    case $path in
        %[2]s) COMPREPLY=($(compgen -f -- "$cur")) ;;
        *) COMPREPLY=($(compgen -f -X '!*.hcl*' -- "$cur") $(compgen -d -- "$cur")) ;;
    esac
}
complete -F _%[1]s %[1]s
`, app.Name, planned, strings.ReplaceAll(addressed, " ", "\\ "))
	return b.String()
}

func zshCompletion(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#compdef %[1]s
# %[1]s completion for zsh
_%[1]s() {
    local path_="" word i
    local -a commands flags
    for ((i = 2; i < CURRENT; i++)); do
        word=${words[i]}
        [[ $word == -* ]] && continue
        if [[ -z $path_ ]]; then
            path_=$word
        else
            case $path_ in
                (%[2]s) path_="$path_ $word" ;;
            esac
        fi
    done
    case $path_ in
`, app.Name, groups(app))
	for _, c := range choices(app) {
		commands, flags := c.words()
		fmt.Fprintf(&b, "        (%q) commands=(%s) flags=(%s) ;;\n", c.path, strings.Join(commands, " "),
			strings.Join(flags, " "))
	}
	fmt.Fprintf(&b, `    esac
    case $PREFIX in
`)
	names, words := valued(app)
	for _, name := range names {
		fmt.Fprintf(&b, "        (-%s=*|--%s=*) compset -P 1 '*='; compadd -S '' -- %s; return ;;\n", name, name,
			strings.Join(words[name], " "))
	}
	fmt.Fprintf(&b, `    esac
    local at=.
    for word in ${words[2,CURRENT-1]}; do
        [[ $word == *.hcl || $word == *.hcl.json || -d $word ]] && at=$word
    done
    case $PREFIX in
        ((-|--)(%[3]s)=*) compset -P 1 '*='; compadd -- "${(@f)$(%[1]s completion addresses $at 2>/dev/null)}"; return ;;
    esac
    if [[ $PREFIX == -* ]]; then
        compadd -S '' -- ${(M)flags:#*=}
        compadd -- ${flags:#*=}
    elif (( ${#commands} )); then
        compadd -- $commands
    elif [[ $path_ == (%[4]s) || ${words[CURRENT-1]} == (-|--)(%[3]s) ]]; then
        compadd -- "${(@f)$(%[1]s completion addresses $at 2>/dev/null)}"
        _files -g '*.hcl(|.json)'
    elif [[ $path_ == (%[2]s) ]]; then
        _files
    else
        _files -g '*.hcl(|.json)'
    fi
}
compdef _%[1]s %[1]s
`, app.Name, planned, strings.Join(addressFlags, "|"), strings.ReplaceAll(addressed, " ", "\\ "))
	return b.String()
}

func fishCompletion(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# %[1]s completion for fish
function __%[1]s_at
    set -l path
    set -l words (commandline -opc)
    for word in $words[2..-1]
        string match -q -- '-*' $word; and continue
        if test (count $path) -eq 0
            set path $word
        else if contains -- "$path" %[2]s
            set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
`, app.Name, strings.ReplaceAll(groups(app), "|", " "))
	for _, c := range choices(app) {
		at := fmt.Sprintf("complete -c %s -n \"__%s_at '%s'\"", app.Name, app.Name, c.path)
		for _, sub := range c.commands {
			fmt.Fprintf(&b, "%s -f -a %s -d %s\n", at, sub.Name, fishQuote(sub.Usage))
		}
		if c.path == "completion" {
			fmt.Fprintf(&b, "%s -f -a 'bash zsh fish'\n", at)
		}
		addresses := fishQuote("(" + app.Name + " completion addresses 2>/dev/null)")
		if slices.Contains(strings.Split(addressed, "|"), c.path) {
			fmt.Fprintf(&b, "%s -a %s\n", at, addresses)
		}
		for _, f := range c.flags {
			needs := " -r"
			if slices.Contains(addressFlags, f.Names()[0]) {
				needs = " -x -a " + addresses
			}
			if _, isBool := f.(*cli.BoolFlag); isBool {
				needs = ""
			}
			if words := values(f); words != nil {
				needs = " -x -a " + fishQuote(strings.Join(words, " "))
			}
			fmt.Fprintf(&b, "%s -o %s%s -d %s\n", at, f.Names()[0], needs,
				fishQuote(strings.ReplaceAll(cmdline.UsageOf(f), "`", "")))
		}
	}
	return b.String()
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
