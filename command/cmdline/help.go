package cmdline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/view"
)

// helpWidth is the width that help is written for.
const helpWidth = 100

// programHelp lists the commands by group.
func programHelp(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s [-chdir=DIR] COMMAND [flags] [PATH]\n%s\n", app.Name, app.Usage)
	var groups []string
	width := 0
	for _, c := range app.Commands {
		if !slices.Contains(groups, c.Category) {
			groups = append(groups, c.Category)
		}
		width = max(width, len(c.Name))
	}
	b.WriteByte('\n')
	for _, g := range groups {
		fmt.Fprintf(&b, "%s:\n", g)
		for _, c := range app.Commands {
			if c.Category == g {
				fmt.Fprintf(&b, "  %-*s  %s\n", width, c.Name, c.Usage)
			}
		}
	}
	fmt.Fprintf(&b, "\nPATH is a .hcl file or a folder of them (default: here). See also: COMMAND -help, %s help "+
		"flags.\n",
		app.Name)
	return b.String()
}

// commandHelp explains one command on one screen.
func commandHelp(app *cli.App, c *cli.Command, names []string) string {
	full := strings.Join(append([]string{app.Name}, names...), " ")
	var b strings.Builder
	if len(c.Subcommands) > 0 {
		fmt.Fprintf(&b, "Usage: %s COMMAND [flags]\n\n%s.\n\nCommands:\n", full, c.Usage)
		width := 0
		for _, s := range c.Subcommands {
			width = max(width, len(s.Name))
		}
		for _, s := range c.Subcommands {
			fmt.Fprintf(&b, "  %-*s  %s\n", width, s.Name, s.Usage)
		}
		fmt.Fprintf(&b, "\nHelp for one of them: %s COMMAND -help\n", full)
		return b.String()
	}
	flags, args := "", ""
	if len(c.Flags) > 0 {
		flags = " [flags]"
	}
	if c.ArgsUsage != "" {
		args = " " + c.ArgsUsage
	}
	fmt.Fprintf(&b, "Usage: %s%s%s\n\n%s.\n\n%s\n", full, flags, args, c.Usage, c.Description)
	var own []cli.Flag
	var shared []string
	for _, f := range c.Flags {
		if category(f) == Common {
			shared = append(shared, "-"+f.Names()[0])
		} else {
			own = append(own, f)
		}
	}
	if len(own) > 0 {
		b.WriteString("\nFlags:\n" + flagLines(own))
	}
	if len(shared) > 0 {
		b.WriteString("\nIn help flags:")
		column := len("In help flags:")
		for _, name := range shared {
			if column += 1 + len(name); column > helpWidth {
				b.WriteString("\n ")
				column = 2 + len(name)
			}
			b.WriteString(" " + name)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// flagsHelp explains the flags that commands share.
func flagsHelp(app *cli.App) string {
	var shared []cli.Flag
	for _, c := range Flatten(app.Commands) {
		for _, f := range c.Flags {
			same := func(o cli.Flag) bool { return o.Names()[0] == f.Names()[0] }
			if category(f) == Common && !slices.ContainsFunc(shared, same) {
				shared = append(shared, f)
			}
		}
	}
	slices.SortFunc(shared, func(a, b cli.Flag) int { return strings.Compare(a.Names()[0], b.Names()[0]) })
	return fmt.Sprintf(`Flags go before or after the path, with one dash or two, as -flag=value or -flag value; "--" ends them.
Tokens and passwords are never given by flag: write token = env("NAME") in the configuration.

Before or after the command:
%s
Of several commands (each command's -help says which):
%s
Environment: COUNTERSIGN_VAR_name gives a variable its value, YOMICLOUD_TOKEN the drive's token (DINGTALK_APP_KEY,
DINGTALK_APP_SECRET, TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY those of the others);
COUNTERSIGN_LOG=info, debug or trace writes a log for support, to COUNTERSIGN_LOG_FILE or standard error;
COUNTERSIGN_CLI_ARGS adds arguments to every command, COUNTERSIGN_CLI_ARGS_plan to one; COUNTERSIGN_INPUT=0 forbids questions;
NO_COLOR and CI switch colour and progress bars off; HTTPS_PROXY and NO_PROXY are honoured.
`, flagLines(app.Flags), flagLines(shared))
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
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, l.flag, wrap(l.usage, width+4))
	}
	return b.String()
}

// Fit breaks the lines of a help that are wider than a terminal, which tells its width: 0 where there is none. What goes on
// stands below the column that it began in.
func Fit(help string, width int) string {
	if width < 20 {
		return help
	}
	var b strings.Builder
	for line := range strings.Lines(help) {
		line = strings.TrimRight(line, "\n")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		hang := indent
		if gap := strings.Index(line[indent:], "  "); gap > 0 {
			hang = indent + gap + len(line[indent+gap:]) - len(strings.TrimLeft(line[indent+gap:], " "))
		}
		if hang > width/2 {
			hang = indent + 4
		}
		parts := view.Wrap(line[indent:], width-indent)
		if len(parts) > 1 && hang > indent {
			first := view.Wrap(line[indent:], width-indent)[0]
			parts = append([]string{first}, view.Wrap(strings.TrimLeft(line[indent+len(first):], " "), width-hang)...)
		}
		for i, part := range parts {
			lead := indent
			if i > 0 {
				lead = hang
			}
			b.WriteString(strings.Repeat(" ", lead) + part + "\n")
		}
	}
	return b.String()
}

// wrap breaks text between words at helpWidth, later lines indented.
func wrap(text string, indent int) string {
	var b strings.Builder
	room := helpWidth - indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case len(word) >= room:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			room = helpWidth - indent
		default:
			b.WriteByte(' ')
			room--
		}
		b.WriteString(word)
		room -= len(word)
	}
	return b.String()
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

func category(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}
