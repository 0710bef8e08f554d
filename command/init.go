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
)

//go:embed starter.hcl
var starter []byte

func initCommand() *cli.Command {
	return &cli.Command{
		Name: "init", Category: groupMain, ArgsUsage: "[DIR]", Action: runs(initialize),
		Usage: "Write a small configuration to start from",
		Description: `Writes main.hcl, which works at once on the embedded drive, unless DIR (default: here) has a
configuration already. It overwrites nothing.

Example:
  countersign init policies && countersign plan policies`,
	}
}

// initialize writes a small configuration to start from, and overwrites nothing.
func initialize(_ context.Context, args arguments) error {
	dir := "."
	switch len(args.words) {
	case 0:
	case 1:
		dir = args.words[0]
	default:
		return args.wrong(args.words, 0)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	have, err := configurationFiles(dir)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if len(have) > 0 {
		fmt.Fprintf(os.Stdout, "There is a configuration already (%s); it was left as it is.\n%s", strings.Join(have, ", "), next(dir))
		return nil
	}
	path := filepath.Join(dir, "main.hcl")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if _, err := f.Write(starter); err != nil {
		return fmt.Errorf("init: %w", errors.Join(err, f.Close()))
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	fmt.Fprintf(os.Stdout, "Wrote %s. It works at once, on a drive embedded in the program; read it, then try:\n%s", path, next(dir))
	return nil
}

// configurationFiles names the configuration's files of a folder.
func configurationFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var have []string
	for _, e := range entries {
		if n := e.Name(); !e.IsDir() && (strings.HasSuffix(n, ".hcl") || strings.HasSuffix(n, ".hcl.json")) {
			have = append(have, n)
		}
	}
	return have, err
}

// next says what to type next.
func next(dir string) string {
	at := ""
	if dir != "." {
		at = " " + dir
	}
	return fmt.Sprintf("\n  countersign plan%[1]s      shows what would change\n  countersign apply%[1]s     makes it so, after asking\n", at)
}
