package command

import (
	"context"
	"embed"
	"fmt"
	"os"
	"slices"
	"strings"

	"countersign/command/cmdline"

	"github.com/urfave/cli/v2"
)

// scripts are what shells run to complete words. They ask the program, so that there is one answer for all shells.
//
//go:embed completion
var scripts embed.FS

var shells = []string{"bash", "zsh", "fish"}

func completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Category: cmdline.GroupOther, ArgsUsage: "bash|zsh|fish",
		Action: cmdline.Action(completion),
		Usage:  "Print a shell completion script",
		Description: `Examples:
  bash: source <(countersign completion bash)        in ~/.bashrc
  zsh:  source <(countersign completion zsh)         in ~/.zshrc, after compinit
  fish: countersign completion fish > ~/.config/fish/completions/countersign.fish`,
	}
}

// completion prints a script, or what the script asks for: completion words -- WORD ... LAST, where a dot is behind the
// last word, because an argument must not be empty.
func completion(ctx context.Context, args cmdline.Arguments) error {
	if len(args.Words) > 1 && args.Words[0] == "words" {
		words := make([]string, len(args.Words)-1)
		for i, w := range args.Words[1:] {
			words[i] = unquoted(w)
		}
		words[len(words)-1] = strings.TrimSuffix(words[len(words)-1], ".")
		return propose(ctx, program(), words).print(os.Stdout)
	}
	if len(args.Words) != 1 {
		return args.Wrong(args.Words, 1)
	}
	shell := args.Words[0]
	if !slices.Contains(shells, shell) {
		return fmt.Errorf("no completion for %q; there is one for bash, zsh and fish%s", shell,
			cmdline.DidYouMean(shell, shells, ""))
	}
	script, err := scripts.ReadFile("completion/countersign." + shell)
	if err == nil {
		_, err = os.Stdout.Write(script)
	}
	return err
}
