package cmdline

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func tinyApp() *cli.App {
	plan := []cli.Flag{
		&cli.BoolFlag{Name: "json"}, &cli.BoolFlag{Name: "lock", Value: true},
		&cli.IntFlag{Name: "parallelism", Usage: "`N` calls"}, &cli.StringSliceFlag{Name: "target", Usage: "`ADDRESS`"},
		&cli.GenericFlag{Name: "var", Value: &cli.StringSlice{}, Usage: "`NAME=VALUE`"},
		&cli.DurationFlag{Name: "wait"},
	}
	return &cli.App{
		Name: "cs", Flags: []cli.Flag{&cli.StringFlag{Name: "chdir"}},
		Commands: []*cli.Command{
			{Name: "plan", Flags: plan},
			{Name: "state", Subcommands: []*cli.Command{{Name: "list", Flags: []cli.Flag{&cli.Int64Flag{Name: "id"}}}}},
			{Name: "version"},
		},
	}
}

func TestArrange(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"flags before the path":          {"plan -json dir", "cs plan --json=true -- dir"},
		"flags after the path":           {"plan dir -json", "cs plan --json=true -- dir"},
		"two dashes":                     {"plan --json dir", "cs plan --json=true -- dir"},
		"a value apart":                  {"plan dir -target a", "cs plan --target=a -- dir"},
		"a value joined":                 {"plan dir -target=a=b", "cs plan --target=a=b -- dir"},
		"a value that is a dash":         {"plan -target - dir", "cs plan --target=- -- dir"},
		"a bool takes no next word":      {"plan -json false", "cs plan --json=true -- false"},
		"a bool switched off":            {"plan -lock=false", "cs plan --lock=false --"},
		"two dashes end flags":           {"plan -json -- -dir", "cs plan --json=true -- -dir"},
		"order of flags stays":           {"plan -target=b x -target=a", "cs plan --target=b --target=a -- x"},
		"a program's flag before":        {"-chdir=d plan", "cs --chdir=d plan --"},
		"a program's flag after":         {"plan x -chdir d", "cs --chdir=d plan -- x"},
		"a subcommand":                   {"state list -id 5 x", "cs state list --id=5 -- x"},
		"a lone dash is an argument":     {"plan -", "cs plan -- -"},
		"an argument named help":         {"plan help", "cs plan -- help"},
		"-version is a command":          {"-version", "cs version --"},
		"flags of -version, the command": {"--version", "cs version --"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			line, err := Arrange(tinyApp(), strings.Fields(test.in), nil)
			if err != nil || line.Help != nil {
				t.Fatalf("arrange(%s): help %v, error %v", test.in, line.Help != nil, err)
			}
			if want := strings.Fields(test.want); !slices.Equal(line.Args, want) {
				t.Errorf("arrange(%s)\n got %q\nwant %q", test.in, line.Args, want)
			}
		})
	}
}

func TestArrangeRefuses(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"unknown command":              {"plna", `unknown command "plna"; did you mean plan?`},
		"unknown command, none near":   {"xyzzy", `unknown command "xyzzy"` + "\n"},
		"unknown subcommand":           {"state lits", `unknown command "state lits"; did you mean list?`},
		"unknown flag":                 {"plan -tarfget=x", "unknown flag -tarfget; did you mean -target?"},
		"flag of another command":      {"state list -json", "state list has no flag -json; plan has it"},
		"flag before its command":      {"-json plan", "-json belongs to commands: write it after the command's name"},
		"flag without value":           {"plan -target", "-target needs a value: -target=ADDRESS"},
		"not a bool":                   {"plan -json=perhaps", "-json=perhaps: write true or false"},
		"not a number":                 {"plan -parallelism=ten", "-parallelism=ten: write a whole number"},
		"not a duration":               {"plan -wait=5", "-wait=5: write a duration such as 30s"},
		"negative duration":            {"plan -wait=-5s", "-wait=-5s: write a duration"},
		"variable without value":       {"plan -var secret", "write -var NAME=VALUE"},
		"help for an unknown command":  {"help plna", `unknown command "plna"; did you mean plan?`},
		"where help is for a command":  {"plan -x", "For help: cs plan -help"},
		"where help is for a program":  {"-x", "For help: cs -help"},
		"where help is for a subgroup": {"state list -x", "For help: cs state list -help"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Arrange(tinyApp(), strings.Fields(test.in), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("arrange(%s): got %v, want %q", test.in, err, test.want)
			}
		})
	}
	_, err := Arrange(tinyApp(), []string{"plan", "-var", "hunter2"}, nil)
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("an error repeats what may be secret: %v", err)
	}
}

func TestArrangeGroupAlone(t *testing.T) {
	if _, err := Arrange(tinyApp(), []string{"state"}, nil); err == nil || !strings.Contains(err.Error(), "list") {
		t.Errorf("a group alone does nothing, and names its commands: %v", err)
	}
}

func TestArrangeHelp(t *testing.T) {
	for in, want := range map[string]string{
		"": "COMMAND", "-h": "COMMAND", "help": "COMMAND", "--help": "COMMAND",
		"plan -h": "cs plan", "help plan": "cs plan", "plan x --help -json": "cs plan",
		"state -h": "cs state", "state help": "cs state", "help state list": "cs state list",
		"state list -help": "cs state list",
		"help flags":       "Environment",
	} {
		line, err := Arrange(tinyApp(), strings.Fields(in), nil)
		if err != nil || line.Help == nil {
			t.Errorf("%q asks for no help: %v", in, err)
			continue
		}
		if text := line.Help(); !strings.Contains(text, want) {
			t.Errorf("the help of %q does not speak of %q:\n%s", in, want, text)
		}
	}
}

// Whatever is typed, arrange returns; what it puts before the double dash are known commands and flags.
func FuzzArrange(f *testing.F) {
	f.Add("plan\n-target\nx\n--\n-y")
	f.Add("state\nlist\n-id=5")
	f.Add("-chdir\n-")
	f.Fuzz(func(t *testing.T, words string) {
		args := strings.Split(words, "\n")
		line, err := Arrange(tinyApp(), args, nil)
		if err != nil || line.Help != nil {
			return
		}
		end := slices.Index(line.Args, "--")
		if end < 2 {
			t.Fatalf("arrange(%q) = %q names no command", args, line.Args)
		}
		for _, word := range line.Args[1:end] {
			if word == "plan" || word == "state" || word == "list" || word == "version" {
				continue
			}
			name, _, ok := strings.Cut(strings.TrimPrefix(word, "--"), "=")
			if at := Find(tinyApp().Commands, "plan"); !ok {
				t.Errorf("arrange(%q) lets %q through", args, word)
			} else if f, _ := lookup(tinyApp(), at, name); f == nil && name != "id" {
				t.Errorf("arrange(%q) lets the flag %q through", args, name)
			}
		}
	})
}
