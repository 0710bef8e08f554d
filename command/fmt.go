package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/confine"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/config/disk"
)

type fmtFlags struct {
	check, diff, recursive, write, list bool
	noColor                             bool
}

func fmtCommand() *cli.Command {
	f := &fmtFlags{write: true, list: true}
	return &cli.Command{
		Name: "fmt", Category: cmdline.GroupMain, ArgsUsage: "[PATH ... | -]", Action: cmdline.Action(f.run),
		Usage: "Rewrite configuration files in the canonical layout",
		Description: `Rewrites the .hcl files named, or those of the folders named (default: here), and lists those that
changed. "-" reads standard input and writes standard output.
Exit codes: 0 done, 1 error, 3 -check found some.

Examples:
  countersign fmt -recursive
  countersign fmt -check -diff main.hcl`,
		Flags: []cli.Flag{
			cmdline.Bool(&f.check, "check", "write nothing; exit 3 when a file is not in the canonical layout"),
			cmdline.Bool(&f.diff, "diff", "show what changes"),
			cmdline.Bool(&f.recursive, "recursive", "descend into folders too"),
			cmdline.Bool(&f.write, "write", "write the files (-write=false only lists them)"),
			cmdline.Bool(&f.list, "list", "list the files that change"),
			cmdline.NoColor(&f.noColor),
		},
	}
}

// formatting is one run of fmt.
type formatting struct {
	*report.Report
	fmtFlags
	changed  int
	problems schema.Diagnostics
}

// run rewrites configuration files in the canonical layout.
func (flags *fmtFlags) run(_ context.Context, args cmdline.Arguments) error {
	r := report.New(flags.noColor, false)
	f := &formatting{Report: r, fmtFlags: *flags}
	f.write = f.write && !f.check
	paths := args.Words
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var err error
	if len(paths) == 1 && paths[0] == "-" {
		err = f.standardInput(os.Stdin)
	} else {
		for _, p := range paths {
			if err = f.path(p); err != nil {
				break
			}
		}
	}
	r.Warn(f.problems)
	switch {
	case err != nil:
		return err
	case f.problems.HasErrors():
		return fault.Exit(fault.ExitError)
	case f.check && f.changed > 0:
		return fault.Exit(fault.ExitUnclean)
	}
	return nil
}

// path formats one file, or those of a folder.
func (f *formatting) path(path string) error {
	path, err := disk.Path(path)
	if err != nil {
		return fmt.Errorf("fmt: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("fmt: %w", err)
	}
	if !info.IsDir() {
		if !strings.HasSuffix(path, ".hcl") {
			return fmt.Errorf("fmt: %s is not a .hcl file", path)
		}
		return f.file("", path)
	}
	return filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("fmt: %w", err)
		case e.IsDir() && p != path && (!f.recursive || strings.HasPrefix(e.Name(), ".")):
			return filepath.SkipDir
		case e.IsDir() || !strings.HasSuffix(p, ".hcl"):
			return nil
		}
		info, err := os.Stat(p) // not of a symbolic link but of what it points to
		if err != nil {
			return fmt.Errorf("fmt: %w", err)
		}
		if info.IsDir() {
			return nil
		}
		return f.file(path, p)
	})
}

// file formats one file, of a folder unless that is "" and the file itself was named. A file that does not parse is
// reported, and so is a link that leads out of the folder; the others are formatted all the same.
func (f *formatting) file(folder, path string) error {
	src, err := confine.ReadIn(folder, path, maxText)
	if err != nil {
		f.problems = append(f.problems, schema.Diagnostic{Severity: schema.Error, Summary: "Cannot format a file",
			Detail: fmt.Sprintf("%v.", err)})
		return nil
	}
	out, ok, err := f.format(src, path)
	if err != nil || !ok || bytes.Equal(src, out) {
		return err
	}
	f.changed++
	if f.list {
		if _, err := fmt.Fprintln(f.Out, path); err != nil {
			return err
		}
	}
	if err := f.show(path, src, out); err != nil || !f.write {
		return err
	}
	r, err := replace(folder, path, src, out)
	if err != nil {
		return fmt.Errorf("fmt: %w", err)
	}
	defer r.drop()
	if err := r.commit(); err != nil {
		return fmt.Errorf("fmt: %w", err)
	}
	return nil
}

// standardInput formats what is read and writes it to standard output, or with -check nothing.
func (f *formatting) standardInput(in io.Reader) error {
	src, err := confine.Read(in, maxText)
	if err != nil {
		return fmt.Errorf("fmt: read standard input: %w", err)
	}
	out, ok, err := f.format(src, "<stdin>")
	if err != nil || !ok {
		return err
	}
	if !bytes.Equal(src, out) {
		f.changed++
		if err := f.show("<stdin>", src, out); err != nil {
			return err
		}
	}
	if f.check || f.diff {
		return nil
	}
	_, err = f.Out.Write(out)
	return err
}

func (f *formatting) format(src []byte, name string) (out []byte, ok bool, err error) {
	out, diags := config.Format(src, name)
	if info, err := os.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 ||
		strings.HasSuffix(strings.TrimSuffix(name, ".json"), ".vars.hcl") {
		for i := range diags { // variables may be secret, and a link may lead to something else than a configuration
			diags[i].Snippet = nil
		}
	}
	f.problems = append(f.problems, diags...)
	if diags.HasErrors() {
		return nil, false, nil
	}
	if len(bytes.TrimSpace(src)) > 0 && len(bytes.TrimSpace(out)) == 0 {
		return nil, false, errors.New("fmt: " + name + ": formatting lost the text, which is a bug; the file was " +
			"left as it is")
	}
	return out, true, nil
}

// show writes the difference, if that is wanted.
func (f *formatting) show(name string, before, after []byte) error {
	if !f.diff {
		return nil
	}
	_, err := f.Out.Write(diff.Diff(name+" (as it is)", before, name+" (formatted)", after))
	return err
}
