package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

// plainCI is a machine that runs docs/ci/shell for a Gitea, whose interface is GitHub's for what the recipes call.
type plainCI struct {
	*gitHub
	apiToken string
	plans    string
}

func newShell(t *testing.T) host {
	c := &plainCI{gitHub: newGitHub(t).(*gitHub)}
	c.scheme = "token"
	c.apiToken = c.token("gitea", map[string]string{"issues": "write", "pull-requests": "write"})
	c.plans = filepath.Join(c.dir, "plans")
	return c
}

// script runs one of the scripts in a fresh clone, as a CI does.
func (c *plainCI) script(name, ref string, env map[string]string) int {
	c.t.Helper()
	dir, err := os.MkdirTemp(c.dir, "runner")
	if err != nil {
		c.t.Fatal(err)
	}
	work := filepath.Join(dir, "work")
	c.git(dir, "clone", "--quiet", c.repo, work)
	c.git(work, "checkout", "--quiet", "--detach", ref)
	path, err := filepath.Abs(filepath.Join("../../docs/ci/shell", name))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.rules != "" {
		env["RULES"] = filepath.Join(c.dir, "security")
	}
	env["COUNTERSIGN_STATE"], env["REFUSE"] = c.place(), c.refuse
	env["YOMICLOUD_ENDPOINT"], env["RESTRICT"] = c.endpoint, c.restrict
	env["PATH"], env["HOME"], env["LANG"] = c.path, dir, "C.UTF-8"
	env["YOMICLOUD_TOKEN"], env["API_TOKEN"], env["API"] = c.tokens["YOMICLOUD_TOKEN"], c.apiToken, c.url+
		"/repos/acme/policies"
	if wrong := c.wrong["YOMICLOUD_TOKEN"]; wrong != "" {
		env["YOMICLOUD_TOKEN"] = wrong
	}
	if wrong := c.wrong["token"]; wrong != "" {
		env["API_TOKEN"] = wrong
	}
	printed, code := c.job(work, env, path)
	c.log(printed)
	return code
}

func (c *plainCI) review(branch string) bool { return c.reviewOf(c.request(branch)) }

func (c *plainCI) again(branch string) (string, bool) {
	p := c.merged(branch)
	return p.as, c.reviewOf(p)
}

func (c *plainCI) reviewOf(p *pull) bool {
	// The script knows its comments by their first line alone.
	p.issue.comments = withoutPassersby(p.issue.comments)
	return c.script("review.sh", "origin/"+p.branch, map[string]string{"PLANS": c.plans,
		"PULL": fmt.Sprint(p.number)}) == 0
}

func withoutPassersby(list []*comment) []*comment {
	var kept []*comment
	for _, c := range list {
		if c.User != passerby || !strings.HasPrefix(c.Body, "<!--") {
			kept = append(kept, c)
		}
	}
	return kept
}

func (c *plainCI) merge(branch, how string) bool {
	p := c.request(branch)
	p.as = c.forge.merge(branch, how)
	p.merged, p.issue.open = c.now(), false
	return c.push(p.as)
}

func (c *plainCI) push(sha string) bool {
	return c.script("apply.sh", sha, map[string]string{"PLANS": c.plans}) == 0
}

func (c *plainCI) night() bool {
	code := c.script("drift.sh", "origin/main", map[string]string{})
	return code == 0 || code == 2
}

func (c *plainCI) place() string { return filepath.Join(c.dir, "countersign.state.json") }

func (c *plainCI) stored() string {
	text, _ := os.ReadFile(c.place())
	return string(text)
}

func (c *plainCI) planFile(branch string) string {
	// What the target is after the merge.
	c.git(c.desk, "fetch", "--quiet", "origin")
	tree := c.git(c.desk, "merge-tree", "--write-tree", "origin/main", "origin/"+branch)
	return filepath.Join(c.plans, c.git(c.desk, "rev-parse", tree+":policies")+".plan")
}

func (c *plainCI) kept(branch string) []byte { return programtest.Read(c.t, c.planFile(branch)) }

func (c *plainCI) forgePlan(branch string, plan []byte) {
	if err := os.WriteFile(c.planFile(branch), plan, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *plainCI) readable() map[string][]byte {
	texts := c.gitHub.readable()
	files, err := filepath.Glob(filepath.Join(c.plans, "*"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range files {
		texts[f] = programtest.Read(c.t, f)
	}
	return texts
}
