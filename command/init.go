package command

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/run"
	"countersign/command/stored"
	"countersign/confine"
	"countersign/schema/config"
)

//go:embed starter.hcl
var starter []byte

//go:embed starter.gitignore
var starterIgnore []byte

type initFlags struct {
	run.Flags
	migrate bool
	from    string
}

func initCommand() *cli.Command {
	f := new(initFlags)
	return &cli.Command{
		Name: "init", Category: cmdline.GroupMain, ArgsUsage: "[DIR]", Action: f.run,
		Usage: "Write a small configuration to start from, or move the state",
		Description: `Writes main.hcl, which works at once on the embedded drive, unless DIR (default: here) has a
configuration already, and a .gitignore that keeps states and saved plans out of git. It overwrites nothing; to
a .gitignore that is there it adds what is missing.

With -migrate-state it moves the state to where the state block says now. The old place is left, and marked.

Example:
  countersign init trial && countersign plan trial
  countersign init -migrate-state -from=/tmp/before.hcl policies`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Bool(&f.migrate, "migrate-state", "move the state, because the state block has changed"),
			cmdline.Text(&f.from, "from", "`PATH` with the former state block, or the state's file (default: where a "+
				"state is without a block)"),
		}, f.StoredFlags(), f.LockFlags()),
	}
}

func (f *initFlags) run(c *cli.Context) error {
	if f.migrate {
		return stored.Migrate(&f.Flags, f.from)(c)
	}
	return cmdline.Action(f.initialize)(c)
}

// initialize writes a small configuration to start from, and overwrites nothing.
func (f *initFlags) initialize(_ context.Context, args cmdline.Arguments) error {
	if f.from != "" {
		return args.Mistake("-from says where the state was: add -migrate-state")
	}
	if f.Path != "" {
		args.Words = append([]string{f.Path}, args.Words...)
	}
	dir := "."
	switch len(args.Words) {
	case 0:
	case 1:
		dir = args.Words[0]
	default:
		return args.Wrong(args.Words, 0)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	have, err := config.FilesOf(dir)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	path := filepath.Join(dir, "main.hcl")
	first := fmt.Sprintf("Wrote %s. It works at once, on a drive embedded in the program; read it, then try the "+
		"commands below.", path)
	if len(have) > 0 {
		first = fmt.Sprintf("There is a configuration already (%s); it was left as it is.", baseNames(have))
	} else if err := writeNew(path, starter); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	second, err := ignoreStates(dir)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	at := ""
	if dir != "." {
		at = " " + dir
	}
	_, err = fmt.Fprintf(os.Stdout, `%s
%s

  countersign plan%[3]s      shows what would change
  countersign apply%[3]s     makes it so, after asking

What your own drive has already is written down by countersign export, into a folder of its own.
`, first, second, at)
	return err
}

// ignoreStates makes sure that a folder's .gitignore names what must stay out of git, and says what it did. What is
// missing is put before the rules that are there: of two rules that fit a file, git follows the later one.
func ignoreStates(dir string) (done string, err error) {
	path := filepath.Join(dir, ".gitignore")
	switch err := writeNew(path, starterIgnore); {
	case err == nil:
		return fmt.Sprintf("Wrote %s: states and saved plans stay out of git.", path), nil
	case !errors.Is(err, fs.ErrExist):
		return "", err
	}
	before, err := confine.ReadIn(dir, path, maxText)
	if err != nil {
		return "", err
	}
	before = bytes.TrimPrefix(before, byteOrderMark)
	end := "\n"
	if bytes.Contains(before, []byte("\r\n")) {
		end = "\r\n"
	}
	missing := missingRules(string(before), string(starterIgnore))
	if len(missing) == 0 {
		return fmt.Sprintf("%s keeps states and saved plans out of git already.", path), nil
	}
	added := "# Added by countersign init: states, the embedded drive's data, saved plans." + end
	for _, rule := range missing {
		added += rule + end
	}
	r, err := replace(dir, path, before, append([]byte(added), before...))
	if err != nil {
		return "", err
	}
	defer r.drop()
	return fmt.Sprintf("Added to %s: %s.", path, strings.Join(missing, ", ")), r.commit()
}

// missingRules are the rules of a .gitignore that another one should have and has not.
func missingRules(have, want string) (missing []string) {
	known := map[string]bool{}
	for line := range strings.Lines(have) {
		known[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(want) {
		if rule := strings.TrimSpace(line); !known[rule] && !strings.HasPrefix(rule, "#") {
			missing = append(missing, rule)
		}
	}
	return missing
}

// writeNew writes a file that is not there yet.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// baseNames lists the names of files without their folders.
func baseNames(paths []string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return strings.Join(names, ", ")
}
