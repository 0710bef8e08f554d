package command

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/urfave/cli/v2"

	"countersign/providers/sandbox"
)

// Sandbox serves a drive in a box on the loopback address until it is interrupted.
func Sandbox(c *cli.Context) (err error) {
	if c.Args().Present() {
		return wrongArguments(c, c.Args().Slice(), 0)
	}
	o := sandbox.Options{Path: c.String("data"), Faults: sandbox.Faults{
		Latency: c.Duration("latency"), ErrorRate: c.Float64("error-rate"), LostRate: c.Float64("lost-rate"), Seed: c.Uint64("seed"),
	}}
	for name, share := range map[string]float64{"error-rate": o.Faults.ErrorRate, "lost-rate": o.Faults.LostRate} {
		if !(0 <= share && share <= 1) {
			return fmt.Errorf("-%s=%v: write a share between 0 and 1", name, share)
		}
	}
	box, err := sandbox.Open(o)
	if err != nil {
		return fmt.Errorf("open the sandbox: %w", err)
	}
	defer finish(&err, box.Close)
	listener, err := box.Listen(c.String("listen"))
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if err := introduce(os.Stdout, "http://"+listener.Addr().String(), box.Tokens(), box.Credentials()); err != nil {
		return err
	}
	return box.Serve(c.Context, listener)
}

// introduce says where the sandbox is, who may come in, and how to point a configuration at it. The drive's token comes
// last, so that whoever reads along knows that nothing more is coming.
func introduce(w io.Writer, url string, tokens []sandbox.Token, keys sandbox.Credentials) error {
	if _, err := fmt.Fprintf(w, "The sandbox listens on %s. Ctrl-C stops it.\n\nThe drive's users:\n", url); err != nil {
		return err
	}
	for _, t := range tokens {
		fmt.Fprintf(w, "  %2d  %s %s %s token %s\n", t.UserID, pad(t.Username, 8), pad(t.Realname, 14), pad(t.Role, 22), t.Token)
	}
	d, t := keys.DingTalk, keys.Tencent
	fmt.Fprintf(w, `
DingTalk: user %s (union id %s), conversation %s,
  approval %s, process %s with the attachment field %s
Tencent e-sign: organization %s, operator %s,
  flows %s

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
`, d.UserID, d.UnionID, d.Conversation, d.Instance, d.Process, d.Field, t.Organization, t.Operator, strings.Join(t.Flows, "\n        "),
		url, d.AgentID, t.AppID)
	_, err := fmt.Fprintf(w, `  export DINGTALK_APP_KEY=%s
  export DINGTALK_APP_SECRET=%s
  export TENCENTCLOUD_SECRET_ID=%s
  export TENCENTCLOUD_SECRET_KEY=%s
  export YOMICLOUD_TOKEN=%s
`, d.AppKey, d.AppSecret, t.SecretID, t.SecretKey, tokens[0].Token)
	return err
}

// pad fills a text with blanks to a display width.
func pad(s string, width int) string { return runewidth.FillRight(s, width) }
