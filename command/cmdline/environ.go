package cmdline

import (
	"strings"

	"github.com/kballard/go-shellquote"
)

// ArgsVariable is the environment variable with arguments for every command; with _COMMAND behind it (state list is
// state_list, force-unlock is force_unlock) for one.
const ArgsVariable = "COUNTERSIGN_CLI_ARGS"

// environ is what the environment adds behind the command's words.
func (r *reader) environ() (more []string, err error) {
	if r.names[0] == "completion" { // shells run it, of which nobody knows
		return nil, nil
	}
	own := ArgsVariable + "_" + strings.ReplaceAll(strings.Join(r.names, "_"), "-", "_")
	for _, variable := range []string{ArgsVariable, own} {
		words, err := shellquote.Split(r.env(variable))
		if err != nil { // without the text, which may hold a secret
			return nil, r.wrong("the environment variable %s is not written as a shell's words are: a quotation mark "+
				"or a backslash has no end", variable)
		}
		if len(words) > 0 {
			more, r.added = append(more, words...), append(r.added, variable)
		}
	}
	return more, nil
}
