package cmdline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/view"
)

// helpWidth is the width that help is written for.
const helpWidth = 100

// shared are flags that many commands have. A command's help only names them; "countersign help flags" explains them.
var shared = []string{"var", "var-file", "policy", "policy-var", "state", "config", "input", "parallelism", "lock",
	"lock-timeout", "compact-warnings", "in-flight", "no-color"}

func isShared(f cli.Flag) bool { return slices.Contains(shared, f.Names()[0]) }

// programHelp lists the commands by group.
func programHelp(app *cli.App) string {
	text := fmt.Sprintf("Usage: %s [-chdir=DIR] COMMAND [flags] [PATH]\n%s\n\n", app.Name, app.Usage)
	width := nameWidth(app.Commands)
	for _, group := range []string{GroupMain, GroupState, GroupOther} {
		text += group + ":\n" + commandLines(app.Commands, group, width)
	}
	return text + fmt.Sprintf("\nPATH is a .hcl file or a folder of them (default: here). "+
		"See also: COMMAND -help, %s help flags.\n", app.Name)
}

// commandLines explains the commands of a group, one a line.
func commandLines(commands []*cli.Command, group string, width int) (text string) {
	for _, c := range commands {
		if c.Category == group {
			text += fmt.Sprintf("  %-*s  %s\n", width, c.Name, c.Usage)
		}
	}
	return text
}

func nameWidth(commands []*cli.Command) (width int) {
	for _, c := range commands {
		width = max(width, len(c.Name))
	}
	return width
}

// commandHelp explains one command on one screen.
func commandHelp(app *cli.App, c *cli.Command, names []string) string {
	full := strings.Join(append([]string{app.Name}, names...), " ")
	if len(c.Subcommands) > 0 {
		return fmt.Sprintf("Usage: %s COMMAND [flags]\n\n%s.\n\nCommands:\n%s\n"+
			"Help for one of them: %[1]s COMMAND -help\n", full, c.Usage,
			commandLines(c.Subcommands, "", nameWidth(c.Subcommands)))
	}
	if len(c.Flags) > 0 {
		full += " [flags]"
	}
	if c.ArgsUsage != "" {
		full += " " + c.ArgsUsage
	}
	text := fmt.Sprintf("Usage: %s\n\n%s.\n\n%s\n", full, c.Usage, c.Description)
	var own []cli.Flag
	var others []string
	for _, f := range c.Flags {
		if isShared(f) {
			others = append(others, "-"+f.Names()[0])
		} else {
			own = append(own, f)
		}
	}
	if len(own) > 0 {
		text += "\nFlags:\n" + flagLines(own)
	}
	if len(others) > 0 {
		text += "\n" + wrap("In help flags: "+strings.Join(others, " "), helpWidth, 2) + "\n"
	}
	return text
}

// flagsHelp explains the flags that commands share.
func flagsHelp(app *cli.App) string {
	explained := map[string]cli.Flag{}
	for _, c := range Flatten(app.Commands) {
		for _, f := range c.Flags {
			if name := f.Names()[0]; isShared(f) && explained[name] == nil {
				explained[name] = f
			}
		}
	}
	var flags []cli.Flag
	for _, name := range slices.Sorted(maps.Keys(explained)) {
		flags = append(flags, explained[name])
	}
	return fmt.Sprintf(`Flags go before or after the path, with one dash or two, as -flag=value or -flag value;
"--" ends them.
Tokens and passwords are never given by flag: write token = env("NAME") in the configuration.

Before or after the command:
%s
Of several commands (each command's -help says which):
%s
Environment: COUNTERSIGN_VAR_name gives a variable its value, YOMICLOUD_TOKEN the drive's token (DINGTALK_APP_KEY,
DINGTALK_APP_SECRET, TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY those of the others);
COUNTERSIGN_LOG=info, debug or trace writes a log for support, to COUNTERSIGN_LOG_FILE or standard error;
COUNTERSIGN_CLI_ARGS adds arguments to every command, COUNTERSIGN_CLI_ARGS_plan to one;
COUNTERSIGN_INPUT=0 forbids questions;
NO_COLOR and CI switch colour and progress bars off; HTTPS_PROXY and NO_PROXY are honoured.
`, flagLines(app.Flags), flagLines(flags))
}

// flagLines explains flags, one a line, in two columns.
func flagLines(flags []cli.Flag) string {
	type line struct{ flag, usage string }
	var lines []line
	width := 0
	for _, f := range flags {
		name := "-" + f.Names()[0]
		if p := placeholder(f); p != "" {
			name += "=" + p
		}
		usage := strings.ReplaceAll(UsageOf(f), "`", "")
		if d, ok := f.(cli.DocGenerationFlag); ok && !strings.Contains(usage, "default") {
			if _, isBool := f.(*cli.BoolFlag); !isBool {
				if text := defaultOf(d); text != "" {
					usage += " (default " + text + ")"
				}
			}
		}
		lines = append(lines, line{name, usage})
		width = max(width, len(name))
	}
	text := ""
	for _, l := range lines {
		text += wrap(fmt.Sprintf("  %-*s  %s", width, l.flag, l.usage), helpWidth, width+4) + "\n"
	}
	return text
}

// Fit breaks the lines of a help that are wider than the terminal; its width is 0 where there is no terminal.
func Fit(help string, width int) string {
	if width < 20 {
		return help
	}
	text := ""
	for line := range strings.Lines(help) {
		line = strings.TrimRight(line, "\n")
		text += wrap(line, width, secondColumn(line, width)) + "\n"
	}
	return text
}

// secondColumn is where the second column of a line begins, or where the line itself begins if it has only one. One
// that is far to the right counts as near the beginning.
func secondColumn(line string, width int) int {
	words := strings.TrimLeft(line, " ")
	indent := len(line) - len(words)
	first, _, two := strings.Cut(words, "  ")
	if !two {
		return indent
	}
	at := len(line) - len(strings.TrimLeft(words[len(first):], " "))
	if at > width/2 {
		return indent + 4
	}
	return at
}

// wrap breaks a line between words that is wider than width. Later lines are indented.
func wrap(line string, width, indent int) string {
	lines := view.Wrap(line, width)
	if len(lines) == 1 {
		return line
	}
	rest := strings.TrimLeft(strings.TrimPrefix(line, lines[0]), " ")
	return lines[0] + "\n" + strings.Repeat(" ", indent) +
		strings.Join(view.Wrap(rest, width-indent), "\n"+strings.Repeat(" ", indent))
}

// defaultOf is the default worth telling, "" for none.
func defaultOf(f cli.DocGenerationFlag) string {
	switch d := strings.Trim(f.GetDefaultText(), `"`); d {
	case "0", "0s", "[]":
		return ""
	default:
		return d
	}
}

// placeholder is what stands for a flag's value in help: the word between backquotes in its usage.
func placeholder(f cli.Flag) string {
	parts := strings.SplitN(UsageOf(f), "`", 3)
	if len(parts) < 3 {
		return ""
	}
	return strings.ToUpper(parts[1])
}

func UsageOf(f cli.Flag) string {
	if d, ok := f.(cli.DocGenerationFlag); ok {
		return d.GetUsage()
	}
	return ""
}
