package command

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/schema/config"
)

//go:embed starter.hcl
var starter []byte

//go:embed starter.gitignore
var ignored []byte

func initCommand() *cli.Command {
	return &cli.Command{
		Name: "init", Category: cmdline.GroupMain, ArgsUsage: "[DIR]", Action: cmdline.Action(initialize),
		Usage: "Write a small configuration to start from",
		Description: `Writes main.hcl, which works at once on the embedded drive, and a .gitignore that keeps states and saved
plans out of git, unless DIR (default: here) has a configuration already. It overwrites nothing.

Example:
  countersign init trial && countersign plan trial`,
	}
}

// initialize writes a small configuration to start from, and overwrites nothing.
func initialize(_ context.Context, args cmdline.Arguments) error {
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
	if len(have) > 0 {
		fmt.Fprintf(os.Stdout, "There is a configuration already (%s); it was left as it is.\n%s", baseNames(have),
			next(dir))
		return nil
	}
	path, rules := filepath.Join(dir, "main.hcl"), filepath.Join(dir, ".gitignore")
	if err := writeNew(path, starter); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	wrote := path + " and " + rules
	switch err := writeNew(rules, ignored); {
	case errors.Is(err, fs.ErrExist):
		wrote = fmt.Sprintf("%s; %s was there and is left as it is (states, .countersign/ and saved plans should be "+
			"in it)", path, rules)
	case err != nil:
		return fmt.Errorf("init: %w", err)
	}
	fmt.Fprintf(os.Stdout, "Wrote %s. It works at once, on a drive embedded in the program; read it, then try:\n%s",
		wrote, next(dir))
	return nil
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

// next says what to type next.
func next(dir string) string {
	at := ""
	if dir != "." {
		at = " " + dir
	}
	return fmt.Sprintf("\n  countersign plan%[1]s      shows what would change\n  countersign apply%[1]s     makes "+
		"it so, after asking\n\n"+
		"What your own drive has already is written down by countersign export, into a folder of its own.\n", at)
}

// baseNames are names of files without their folders, in a row.
func baseNames(paths []string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return strings.Join(names, ", ")
}
