// Package command holds the program's commands, one file a command. Each has a struct of its flags, and a run that
// calls the packages below in a straight line and hands the result to view.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/log"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/sidefile"
	"countersign/command/terminal"
	"countersign/internal/parallel"
	"countersign/schema/config/disk"
	"countersign/schema/spelling"
)

// Main runs the program with the arguments after its name and returns its exit code.
func Main(args []string) int { return execute(program(), args) }

func execute(app *cli.App, args []string) (code int) {
	defer func() {
		if v := recover(); v != nil {
			p := parallel.PanicOf(v)
			fmt.Fprintf(os.Stderr, "\nCountersign crashed, which is a bug: %v\nPlease report it with these lines and "+
				"the version (%s):\n\n%s", p.Value, run.VersionString(), p.Stack)
			printErrorJSON(fault.New("Countersign crashed, which is a bug", "%v. Standard error says more.", p.Value),
				args)
			code = fault.ExitError
		}
	}()
	stop, err := watchMemory(args)
	if err != nil {
		return complain(err, args)
	}
	defer stop()
	line, err := cmdline.Arrange(app, args, os.Getenv)
	args = line.All
	if err != nil {
		return complain(err, args)
	}
	if line.Help != nil {
		_, err := fmt.Fprint(os.Stdout, cmdline.Fit(line.Help(), terminal.New(true).OutStyle.Width))
		if err == nil && line.Empty {
			err = fault.Exit(fault.ExitError)
		}
		return exitCode(err, args)
	}
	ctx, endLog, err := log.Open(context.Background(), os.Getenv)
	if err != nil {
		return complain(err, args)
	}
	defer endLog()
	if l := log.From(ctx); l != nil {
		start := time.Now()
		l.Info("run", "command", line.Command, "version", run.VersionString(), "system",
			runtime.GOOS+"/"+runtime.GOARCH)
		defer func() {
			l.Info("end", "command", line.Command, "code", code, "took", time.Since(start).Round(time.Millisecond))
		}()
	}
	ctx, end := terminal.Interruptible(ctx, terminal.WordsFor(line.Name))
	defer end()
	return exitCode(line.Run(ctx, app), args)
}

// enter makes dir the working directory.
func enter(dir string) error {
	if dir == "" {
		return nil
	}
	path, err := disk.Path(dir)
	if err == nil {
		err = os.Chdir(path)
	}
	if err != nil {
		return fmt.Errorf("-chdir=%s: %s", dir, disk.Reason(err))
	}
	return nil
}

// exitCode is the program's exit code after a command. An error that the command has not shown is shown here.
func exitCode(err error, args []string) int {
	var code fault.Exit
	switch {
	case err == nil:
		return fault.ExitDone
	case errors.As(err, &code):
		return int(code)
	case fault.OutputClosed(err):
		return fault.ExitError
	}
	return complain(err, args)
}

// complain shows what is wrong with a command line, or an error that a command has not shown itself. Where JSON was
// asked for, standard output holds that, too.
func complain(err error, args []string) int {
	fmt.Fprintf(os.Stderr, "Error: %s\n", spelling.Escape(err.Error(), "\n", ""))
	printErrorJSON(err, args)
	return fault.ExitError
}

// printErrorJSON prints an error on standard output if JSON was asked for.
func printErrorJSON(err error, args []string) {
	if !report.AsksForJSON(args) {
		return
	}
	if doc, err := report.FailureOf(args)(fault.Of(err)); err == nil {
		_ = sidefile.WriteLine(os.Stdout, doc)
	}
}
