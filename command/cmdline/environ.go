package cmdline

import (
	"fmt"
	"strings"

	"github.com/kballard/go-shellquote"
	"github.com/urfave/cli/v2"
)

// ArgsVariable is the environment variable with arguments for every command; with _COMMAND behind it (state list is
// state_list, force-unlock is force_unlock) for one.
const ArgsVariable = "COUNTERSIGN_CLI_ARGS"

// WithEnviron puts the arguments that the environment adds behind the command's words, so that those of the command line
// come later and count more. from names the variables that added any.
func WithEnviron(app *cli.App, args []string, env func(string) string) (all, from []string, err error) {
	var names []string
	within, end := app.Commands, 0
	var at *cli.Command
	for i := 0; i < len(args) && len(within) > 0 && args[i] != "--"; i++ {
		arg := args[i]
		if arg == "help" || arg == "h" {
			return args, nil, nil
		}
		if len(arg) > 1 && arg[0] == '-' {
			name, _, given := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
			f, _ := Lookup(app, at, name)
			if _, isBool := f.(*cli.BoolFlag); f != nil && !isBool && !given {
				i++
			}
			continue
		}
		next := Find(within, arg)
		if next == nil {
			break
		}
		at, within, names, end = next, next.Subcommands, append(names, next.Name), i+1
	}
	if at == nil || len(at.Subcommands) > 0 {
		return args, nil, nil
	}
	all = append(all, args[:end]...)
	own := ArgsVariable + "_" + strings.ReplaceAll(strings.Join(names, "_"), "-", "_")
	for _, variable := range []string{ArgsVariable, own} {
		words, err := shellquote.Split(env(variable))
		if err != nil { // without the text, which may hold a secret
			return args, nil, fmt.Errorf("the environment variable %s is not written as a shell's words are: a "+
				"quotation mark or a backslash has no end", variable)
		}
		if len(words) > 0 {
			all, from = append(all, words...), append(from, variable)
		}
	}
	return append(all, args[end:]...), from, nil
}
