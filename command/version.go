package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"countersign/command/cmdline"
	"countersign/command/run"

	"github.com/urfave/cli/v2"
)

type versionFlags struct{ json bool }

func versionCommand() *cli.Command {
	f := new(versionFlags)
	return &cli.Command{
		Name: "version", Category: cmdline.GroupOther, Action: cmdline.Action(f.run),
		Usage: "Show the version",
		Description: `Example:
  countersign version -json`,
		Flags: cmdline.JSONDocument(&f.json),
	}
}

// run shows the version.
func (f *versionFlags) run(_ context.Context, args cmdline.Arguments) error {
	if len(args.Words) > 0 {
		return args.Wrong(args.Words, 0)
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	if !f.json {
		_, err := fmt.Fprintf(os.Stdout, "Countersign %s\non %s, built with %s\n", run.VersionString(), platform,
			runtime.Version())
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Version  string `json:"countersign_version"`
		Platform string `json:"platform"`
		Go       string `json:"go_version"`
	}{run.VersionString(), platform, runtime.Version()})
}
