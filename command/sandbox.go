package command

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/server"
)

type sandboxFlags struct {
	sandbox.Options
	listen string
}

func sandboxCommand() *cli.Command {
	f := &sandboxFlags{listen: "127.0.0.1:8088"}
	return &cli.Command{
		Name: "sandbox", Category: cmdline.GroupOther, Action: cmdline.Action(f.run),
		Usage: "Serve stand-ins for the vendors over HTTP, to try things out",
		Description: `Serves the documented interfaces of the drive, DingTalk and Tencent e-sign on one loopback
address, with the example world of the drive's document, and prints tokens, keys and ids. Faults come on demand.

Example:
  countersign sandbox -listen 127.0.0.1:8088 -data drive.db -lost-rate 0.1 -seed 7`,
		Flags: []cli.Flag{
			cmdline.Text(&f.listen, "listen", "`ADDRESS` to listen on; loopback only, port 0 picks a free one"),
			cmdline.Text(&f.Path, "data", "keep the data in `FILE`; without it, it ends with the sandbox"),
			&cli.DurationFlag{Name: "latency", Destination: &f.Faults.Latency,
				Usage: "answer each call this much `LATER`, such as 100ms"},
			&cli.Float64Flag{Name: "error-rate", Destination: &f.Faults.ErrorRate,
				Usage: "`SHARE` of calls, 0 to 1, answered with HTTP 500 and not carried out"},
			&cli.Float64Flag{Name: "lost-rate", Destination: &f.Faults.LostRate,
				Usage: "`SHARE` of calls, 0 to 1, carried out whose answer is lost"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Destination: &f.Faults.Seed,
				Usage: "the same `N` makes the same faults"},
		},
	}
}

// run serves the sandbox on the loopback address until it is interrupted.
func (f *sandboxFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	if len(args.Words) > 0 {
		return args.Wrong(args.Words, 0)
	}
	for name, share := range map[string]float64{"error-rate": f.Faults.ErrorRate, "lost-rate": f.Faults.LostRate} {
		if !(0 <= share && share <= 1) {
			return fmt.Errorf("-%s=%v: write a share between 0 and 1", name, share)
		}
	}
	if err := checkData(f.Path); err != nil {
		return err
	}
	listener, err := server.Listen(f.listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	defer listener.Close()
	box, err := sandbox.Open(f.Options)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, box.Close()) }()
	if err := introduce(os.Stdout, "http://"+listener.Addr().String(), box.Tokens(), box.Credentials()); err != nil {
		return err
	}
	return box.Serve(ctx, listener)
}

// checkData demands that the folder of -data is there: a path that is mistyped would begin a new drive. The folder that
// a configuration's embedded drive is in is made, as apply makes it.
func checkData(path string) error {
	folder := filepath.Dir(path)
	if filepath.Base(folder) == ".countersign" {
		folder = filepath.Dir(folder)
	}
	if _, err := os.Stat(folder); path == "" || err == nil {
		return nil
	}
	return fault.New("The folder of -data is not there", "-data=%s would begin a new drive, and there is no folder "+
		"%s. Mend the path, or make the folder first.", path, folder)
}

// introduce says where the sandbox is, which keys it takes, and how to point a configuration at it. The drive's token
// comes last, so that a program that reads along knows where the end is.
func introduce(w io.Writer, url string, tokens []records.StoredUser, keys sandbox.Credentials) error {
	if _, err := fmt.Fprintf(w, "The sandbox listens on %s. Ctrl-C stops it.\n\nThe drive's users:\n",
		url); err != nil {
		return err
	}
	for _, t := range tokens {
		fmt.Fprintf(w, "  %2d  %s %s %s token %s\n", t.ID, runewidth.FillRight(t.Username, 8),
			runewidth.FillRight(t.Realname, 14), runewidth.FillRight(t.Role(), 22), t.Token)
	}
	d, t := keys.DingTalk, keys.Tencent
	fmt.Fprintf(w, `
DingTalk: user %s (union id %s), conversation %s,
  approval %s, process %s with the attachment field %s
Tencent e-sign: organization %s, operator %s,
  flows %s

To be a colleague who makes a template by hand in the drive's web console (with the id of one in place of tid=0:
who changes that one), paste this into another shell; "countersign drift -unmanaged" shows it:
  %[13]s

To use it:
  provider "yomicloud" {
    endpoint = %[10]q
  }
  provider "dingtalk" {
    endpoint = %[10]q
    agent_id = %[11]d
  }
  provider "tencentess" {
    endpoint     = %[10]q
    app_id       = %[12]q
    organization = %[7]q
    operator     = %[8]q
  }
and, in the shell:
`, d.UserID, d.UnionID, d.Conversation, d.Instance, d.Process, d.Field, t.Organization, t.Operator,
		strings.Join(t.Flows, "\n        "),
		url, d.AgentID, t.AppID, drive.ByHand(url, tokens[0].Token))
	_, err := fmt.Fprintf(w, `  export DINGTALK_APP_KEY=%s
  export DINGTALK_APP_SECRET=%s
  export TENCENTCLOUD_SECRET_ID=%s
  export TENCENTCLOUD_SECRET_KEY=%s
  export YOMICLOUD_TOKEN=%s
`, d.AppKey, d.AppSecret, t.SecretID, t.SecretKey, tokens[0].Token)
	return err
}
