package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is set when a release is built: -ldflags "-X countersign/command.version=1.2.3".
var version string

// VersionString is the program's version: that of the release, or the commit it was built from.
func VersionString() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	if commit == "" {
		return "dev"
	}
	return "dev-" + commit + dirty
}

type versionFlags struct{ json bool }

func versionCommand() *cli.Command {
	f := new(versionFlags)
	return &cli.Command{
		Name: "version", Category: groupOther, Action: runs(f.run),
		Usage: "Show the version",
		Description: `Example:
  countersign version -json`,
		Flags: jsonDocument(&f.json),
	}
}

// run shows the version.
func (f *versionFlags) run(_ context.Context, args arguments) error {
	if len(args.words) > 0 {
		return args.wrong(args.words, 0)
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	if !f.json {
		_, err := fmt.Fprintf(os.Stdout, "Countersign %s\non %s, built with %s\n", VersionString(), platform,
			runtime.Version())
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Version  string `json:"countersign_version"`
		Platform string `json:"platform"`
		Go       string `json:"go_version"`
	}{VersionString(), platform, runtime.Version()})
}
