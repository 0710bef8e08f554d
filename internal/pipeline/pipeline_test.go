// Package pipeline runs the recipes in docs/ci as their products do: the shell parts in bash, git over HTTP, and in the
// place of GitHub and GitLab the calls that the recipes make, as documented.
package pipeline

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/internal/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }

// host runs the recipe of one product. review, merge and night run pipelines and report whether these were green.
type host interface {
	home() *forge
	review(branch string) bool          // the pipeline of the branch's request, which is opened when there is none
	merge(branch, how string) bool      // merges the request, and the pipeline of main
	push(sha string) bool               // the pipeline of main alone
	again(branch string) (string, bool) // reviews a merged request again; and the commit of the merge
	night() bool
	comments(branch string) []string // of the pipelines
	issues() []ticket
	kept(branch string) []byte // the plan that the last review of a branch has kept
	forgePlan(branch string, plan []byte)
	setToken(name, value string) // another secret for pipelines ("token" is the host's); "": the right one
	stored() string              // the state as it is kept from one pipeline to the next
	readable() map[string][]byte // whatever people can read
}

type ticket struct {
	open        bool
	title, body string
}

var hosts = map[string]func(*testing.T) host{"github": newGitHub, "gitlab": newGitLab, "shell": newShell}

// policy is a configuration with templates on folder 7, each given by its title, or its title and description.
func policy(h host, titles ...string) string {
	var out strings.Builder
	fmt.Fprintf(&out, `provider "yomicloud" {
  endpoint        = %q
  lost_write_wait = "300ms"
}
`, h.home().driveURL)
	out.WriteString(`folder "quality" {
  id = 7
}
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
`)
	for i, title := range titles {
		title, description, described := strings.Cut(title, ": ")
		fmt.Fprintf(&out, "template \"t%d\" {\n  scope         = folder.quality\n  title         = %q\n"+
			"  approval_type = \"上传文件\"\n", i, title)
		if described {
			fmt.Fprintf(&out, "  description   = %q\n", description)
		}
		out.WriteString("  step \"审批\" {\n    approvers = [approver.admin]\n    require   = \"any\"\n  }\n}\n")
	}
	return out.String()
}

const policyFile = "policies/main.hcl"

// stage is a host in a story, with the demands that stories make.
type stage struct {
	host
	*testing.T
}

// propose commits templates to a branch, if there are any, and runs the review.
func (s stage) propose(branch string, green bool, titles ...string) {
	s.Helper()
	if titles == nil {
		s.home().commit(branch)
	} else {
		s.home().commit(branch, policyFile, policy(s, titles...))
	}
	s.ended("review of "+branch, green, s.review(branch))
}

func (s stage) mergeAs(branch, how string, green bool) {
	s.Helper()
	s.ended("apply of "+branch, green, s.merge(branch, how))
}

func (s stage) ended(what string, want, got bool) {
	s.Helper()
	if want != got {
		s.Fatalf("the %s: green is %v\n%s", what, got, s.home().last())
	}
}

// commented demands that the pipelines have written so many comments, the last of which has these texts in it.
func (s stage) commented(branch string, n int, texts ...string) {
	s.Helper()
	comments := s.comments(branch)
	if len(comments) != n {
		s.Fatalf("%d comments on %s, not %d:\n%s", len(comments), branch, n, strings.Join(comments, "\n----\n"))
	}
	for _, text := range texts {
		programtest.Demand(s.T, comments[n-1], text)
	}
}

// live demands that these templates are on the drive, and no others.
func (s stage) live(titles ...string) {
	s.Helper()
	var found []string
	for line := range strings.Lines(s.home().onDrive("7")) {
		found = append(found, strings.Fields(line)[1])
	}
	slices.Sort(found)
	slices.Sort(titles)
	if !slices.Equal(found, titles) {
		s.Fatalf("on the drive are %q, not %q", found, titles)
	}
}

func onEach(t *testing.T, story func(s stage)) {
	for name, open := range hosts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stage{open(t), t}
			story(s)
			s.home().nowhere(s.readable())
			if lock := s.home().stateOf("LOCK"); lock != "" {
				t.Errorf("the lock is still held by %s", lock)
			}
		})
	}
}

// A change is proposed, reviewed, pushed again, merged and applied; an edit by hand is reported once, and taken over.
func TestPipelineStory(t *testing.T) {
	onEach(t, func(s stage) {
		if _, plain := s.host.(*plainCI); !plain {
			s.home().download()
		}
		s.propose("first", true, "合同修改")
		s.commented("first", 1, "Plan: 1 to add, 0 to change, 0 to destroy.", "合同修改")
		s.propose("first", true, "合同修改", "合同上传: 写明原因")
		s.commented("first", 1, "Plan: 2 to add, 0 to change, 0 to destroy.", "合同上传")
		s.live()
		s.mergeAs("first", "squash", true)
		s.commented("first", 2, "## Applied", "Resources: 2 added, 0 changed, 0 destroyed.")
		s.live("合同修改", "合同上传")
		programtest.Demand(s.T, s.stored(), "template.t1")
		applied := s.stored()

		// What is not about the policy has a plan without changes, and nothing is said when it is merged.
		s.home().commit("words", "README.md", "Our policy\n")
		s.ended("review of words", true, s.review("words"))
		s.commented("words", 1, "No changes.")
		s.mergeAs("words", "merge", true)
		s.commented("words", 1)
		s.ended("night", true, s.night())
		if len(s.issues()) != 0 || s.stored() != applied {
			s.Fatalf("nothing happened, and yet: %v\n%s", s.issues(), s.stored())
		}

		s.home().edit("合同上传", "手工")
		s.ended("night", true, s.night())
		s.reported(0, "写明原因", "手工")
		s.home().edit("合同上传", "再改")
		s.ended("night", true, s.night())
		s.reported(0, "再改")

		// Taken over into the files, it is recorded by the merge, and no drift any more.
		s.propose("accept", true, "合同修改", "合同上传: 再改")
		s.commented("accept", 1, "No changes.", "再改")
		s.mergeAs("accept", "fast-forward", true)
		s.commented("accept", 2, "## Applied")
		s.ended("night", true, s.night())
		if all := s.issues(); len(all) != 1 || all[0].open {
			s.Fatalf("the issue is not closed: %v", all)
		}
		s.home().edit("合同上传", "又改")
		s.ended("night", true, s.night())
		s.reported(1, "又改")
	})
}

// reported demands that the last issue, after so many closed ones, is open and reports an edit.
func (s stage) reported(closed int, texts ...string) {
	s.Helper()
	all := s.issues()
	if len(all) != closed+1 || !all[closed].open {
		s.Fatalf("%d issues, the last of which must be open: %v", len(all), all)
	}
	programtest.Demand(s.T, all[closed].title, "edited by hand")
	for _, text := range texts {
		programtest.Demand(s.T, all[closed].body, text)
	}
}

// Only what was reviewed is applied: not what another merge, an edit by hand or somebody's upload made of it.
func TestPipelineRefusesWhatWasNotReviewed(t *testing.T) {
	onEach(t, func(s stage) {
		_, plain := s.host.(*plainCI)
		again := map[bool]string{true: "Run review.sh again", false: "open a new"}[plain]
		s.propose("a", true, "甲")
		s.propose("b", true, "乙")
		s.mergeAs("a", "merge", true)
		s.live("甲")

		// Two proposals of the same base: the second one's plan is stale when the first is applied. Here they conflict,
		// too.
		s.ended("review of b", false, s.review("b"))
		s.commented("b", 1, "Planning failed", "cannot be merged")
		s.propose("c", true, "甲", "丙")
		s.home().commit("d", "policies/more.hcl", more("丁"))
		s.ended("review of d", true, s.review("d"))
		s.mergeAs("c", "squash", true)
		s.live("甲", "丙")
		s.mergeAs("d", "merge", false)
		s.live("甲", "丙")
		if !plain { // whose plans are known by the content after the merge alone
			s.commented("d", 2, "## Nothing was applied", "is not what would be done now", again)
		}
		programtest.Demand(s.T, s.home().last(), again)

		// The way out: an empty commit gets a plan, which is reviewed.
		s.propose("e", true)
		s.commented("e", 1, "Plan: 1 to add", "丁")
		s.mergeAs("e", "merge", true)
		s.live("甲", "丙", "丁")

		// Edited by hand between review and merge.
		s.propose("f", true, "甲", "丙", "戊")
		s.home().edit("甲", "手工")
		s.mergeAs("f", "squash", false)
		s.commented("f", 2, "## Nothing was applied", "edited by hand", "+  # (edited by 系统管理员")
		s.live("甲", "丙", "丁")

		// A plan that was not made of what is merged, in the place of the one that was.
		s.propose("g", true)
		s.home().commit("evil", policyFile, policy(s, "甲"))
		s.ended("review of evil", true, s.review("evil"))
		s.forgePlan("g", s.kept("evil"))
		s.mergeAs("g", "merge", false)
		s.commented("g", 2, "## Nothing was applied")
		s.live("甲", "丙", "丁")

		// Pushed to main without a review.
		s.home().commit("main", policyFile, policy(s, "甲", "丙", "己"))
		s.ended("apply of a push", false, s.push(s.home().git(s.home().desk, "rev-parse", "HEAD")))
		programtest.Demand(s.T, s.home().last(), "There are changes to apply, and no ")
		s.live("甲", "丙", "丁")

		// A plan that is made again after the merge was not there to be reviewed. A plain CI cannot know.
		s.propose("h", true, "甲", "丙", "庚")
		s.home().edit("甲", "又改")
		s.mergeAs("h", "squash", false)
		sha, green := s.again("h")
		s.ended("second review of h", true, green)
		s.commented("h", 2)
		s.ended("second apply of h", plain, s.push(sha))
		if plain {
			s.live("甲", "丙", "丁", "庚")
		} else {
			s.live("甲", "丙", "丁")
		}
	})
}

// more is a file with one template more.
func more(title string) string {
	return fmt.Sprintf("template \"more\" {\n  scope         = folder.quality\n  title         = %q\n"+
		"  approval_type = \"上传文件\"\n  step \"审批\" {\n    approvers = [approver.admin]\n"+
		"    require   = \"any\"\n  }\n}\n", title)
}

// What goes wrong is red, and says why where people look.
func TestPipelineTellsWhatIsWrong(t *testing.T) {
	onEach(t, func(s stage) {
		s.home().commit("a", policyFile, strings.Replace(policy(s, "甲"), "folder.quality", "folder.qualiti", 1))
		s.ended("review", false, s.review("a"))
		s.commented("a", 1, "## Planning failed", "Did you mean")
		s.propose("a", true, "甲")
		s.commented("a", 1, "Plan: 1 to add")
		s.home().commit("a", policyFile, strings.Replace(policy(s, "甲"), "  id = 7", "  id   =   7", 1))
		s.ended("review of a bad layout", false, s.review("a"))
		s.propose("a", true, "甲")

		s.setToken("token", "wrong-secret")
		s.ended("review with a wrong token of the host", false, s.review("a"))
		s.setToken("token", "")
		s.setToken("YOMICLOUD_TOKEN", "wrong-secret")
		s.ended("review with a wrong token of the drive", false, s.review("a"))
		s.commented("a", 1, "## Planning failed")
		s.ended("night with a wrong token of the drive", false, s.night())
		s.setToken("YOMICLOUD_TOKEN", "")
		s.ended("review", true, s.review("a"))

		// The drive fails half-way: what was done is kept, and the rest comes with the next review.
		s.home().failWrites(true)
		s.mergeAs("a", "merge", false)
		s.commented("a", 2, "## Not everything was applied", "out of order")
		s.home().failWrites(false)
		s.live()
		s.propose("b", true)
		s.mergeAs("b", "merge", true)
		s.live("甲")
		s.commented("b", 2, "## Applied")

		// Where the state is, the pipelines say, and not what is proposed.
		s.home().commit("c", policyFile, policy(s, "甲")+"state \"local\" {\n  path = \"own.json\"\n}\n")
		s.ended("review of a state elsewhere", true, s.review("c"))
		s.commented("c", 1, "No changes.")
		if _, plain := s.host.(*plainCI); plain {
			return
		}

		// While somebody holds the lock, nobody plans or applies.
		s.propose("d", true, "甲", "乙")
		s.home().commit("countersign-state", "LOCK", "the run that was lost\n")
		s.ended("review", false, s.review("d"))
		s.commented("d", 1, "## Planning failed", "the run that was lost")
		s.ended("night", false, s.night())
		s.mergeAs("d", "merge", false)
		s.live("甲")
		s.home().unlock()
		s.ended("night", true, s.night())

		// The state cannot be pushed: the lock stays, and the state is where the log says.
		s.propose("e", true)
		s.home().pushes = 2
		s.mergeAs("e", "merge", false)
		s.home().pushes = 0
		s.live("甲", "乙")
		programtest.Demand(s.T, s.home().last(), "The state could not be pushed")
		s.ended("night", false, s.night())
		s.home().unlock("countersign.state.json", s.rescued())
		s.ended("night", true, s.night())
		s.propose("f", true)
		s.commented("f", 1, "No changes.")
	})
}

// A change that the security team's policies refuse is red, whatever its author does, and so is an apply if they have
// changed since the review.
func TestPipelineHoldsRulesFromElsewhere(t *testing.T) {
	const rule = `policy "titles" {
  condition     = startswith(self.title, %q)
  error_message = "${self.title} does not begin with %[1]s."
}
`
	onEach(t, func(s stage) {
		s.home().rule(fmt.Sprintf(rule, "合同"))
		s.propose("a", false, "别的")
		s.commented("a", 1, "别的 does not begin with 合同")
		s.propose("a", true, "合同修改")
		s.mergeAs("a", "squash", true)
		s.live("合同修改")
		s.ended("night", true, s.night())

		s.propose("b", true, "合同修改", "合同上传")
		s.home().rule(fmt.Sprintf(rule, "公司"))
		s.mergeAs("b", "merge", false)
		s.live("合同修改")
		if _, plain := s.host.(*plainCI); plain {
			return
		}
		s.home().rule(fmt.Sprintf(rule, "合同"))
		s.home().commit("c", "countersign-rules/main.hcl", "# mine\n", "countersign-ci/rules/main.hcl", "# mine\n")
		s.ended("review of a change that brings rules of its own", false, s.review("c"))
	})
}

// A change that makes an approval weaker is planned, commented and kept like any other, and waits for a second
// reviewer.
func TestPipelineAsksSecondReviewer(t *testing.T) {
	onEach(t, func(s stage) {
		s.home().refuse = "weaker,incomparable"
		of := func(rule string) string {
			text := policy(s, "合同修改") +
				"approver \"test02\" {\n  id       = 3\n  username = \"test02\"\n  realname = \"测试2\"\n}\n"
			text = strings.Replace(text, "[approver.admin]", "[approver.admin, approver.test02]", 1)
			return strings.Replace(text, `"any"`, rule, 1)
		}
		s.home().commit("a", policyFile, of(`"all"`))
		s.ended("review of a", true, s.review("a"))
		s.mergeAs("a", "merge", true)

		s.home().commit("b", policyFile, of(`"any"`))
		s.ended("review of b", false, s.review("b"))
		s.commented("b", 1, "Plan: 0 to add, 1 to change",
			"**A second reviewer is needed**, because a change is one of: weaker,incomparable.")
		if len(s.kept("b")) == 0 {
			s.Fatal("the plan was not kept")
		}
		if _, plain := s.host.(*plainCI); !plain { // whose script says it by exit code 4
			s.home().agreed = true
			s.ended("review of b, once two have agreed", true, s.review("b"))
		}
		s.mergeAs("b", "squash", true)
		s.commented("b", 2, "## Applied")
	})
}

// What is proposed reads nothing of the pipeline's environment, and does not choose where the token is sent, until the
// variable for that says off.
func TestPipelineRestrictsWhatIsProposed(t *testing.T) {
	onEach(t, func(s stage) {
		var sent atomic.Int64
		elsewhere := programtest.Serve(s.T, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			sent.Add(1)
			http.Error(w, "collected", http.StatusTeapot)
		}), nil)
		sound := policy(s, "甲: 写明原因")
		with := func(old, replacement string) string {
			if !strings.Contains(sound, old) {
				s.Fatalf("%s is not in\n%s", old, sound)
			}
			return strings.Replace(sound, old, replacement, 1)
		}
		refused := func(branch, text, why string) {
			s.Helper()
			s.home().commit(branch, policyFile, text)
			s.ended("review of "+branch, false, s.review(branch))
			s.commented(branch, 1, "## Planning failed", why)
			if n := sent.Load(); n != 0 {
				s.Fatalf("the review of %s has sent %d calls to where the proposal says", branch, n)
			}
		}
		reads := with(`"写明原因"`, `nonsensitive(env("YOMICLOUD_TOKEN"))`)
		address := fmt.Sprintf("endpoint        = %q\n", s.home().driveURL)
		redirected := with(s.home().driveURL, elsewhere)
		refused("reads", reads, "Environment that a stranger reads")
		refused("redirected", redirected, "Endpoint that a stranger chose")
		refused("proxied", with(address, fmt.Sprintf("proxy = %q\n", elsewhere)), "Way that a stranger chose")
		s.home().restrict = "false" // which is not the word
		refused("misspelled", reads, "Environment that a stranger reads")
		s.home().restrict, s.home().endpoint = "", ""
		refused("nowhere", sound, "Set YOMICLOUD_ENDPOINT")
		s.home().endpoint = s.home().driveURL

		// The address comes from the pipeline, wherever that reads the drive.
		s.home().commit("plain", policyFile, with(address, "token           = env(\"YOMICLOUD_TOKEN\")\n"))
		s.ended("review of plain", true, s.review("plain"))
		s.mergeAs("plain", "squash", true)
		s.live("甲")
		s.ended("night", true, s.night())

		// Merged all the same, it gets no token from what comes after the merge either.
		refused("forced", redirected, "Endpoint that a stranger chose")
		s.mergeAs("forced", "squash", false)
		s.ended("night", false, s.night())
		if n := sent.Load(); n != 0 {
			s.Fatalf("%d calls were sent to where the proposal says, once it was merged", n)
		}

		s.home().restrict = "off"
		s.home().commit("trusted", policyFile, with(`"写明原因"`, `nonsensitive(env("LANG"))`))
		s.ended("review of trusted", true, s.review("trusted"))
		s.commented("trusted", 1, "C.UTF-8")
		s.mergeAs("trusted", "merge", true)
		programtest.Demand(s.T, s.home().onDrive("7"), "C.UTF-8")
		s.home().commit("sent", policyFile, redirected)
		s.ended("review of one elsewhere", false, s.review("sent"))
		if sent.Load() == 0 {
			s.Fatal("nothing is ever sent to where the proposal says, so that this test shows nothing")
		}
	})
}

// What a fork proposes is checked without secrets, and not planned.
func TestPipelineChecksForks(t *testing.T) {
	onEach(t, func(s stage) {
		if _, plain := s.host.(*plainCI); plain { // which does not know where a branch comes from
			return
		}
		s.home().fork = true
		s.home().mu.Lock()
		s.home().before = func(r *http.Request) bool {
			s.Errorf("the drive was called: %s", r.URL.Path)
			return true
		}
		s.home().mu.Unlock()
		s.propose("stranger", true, "甲")
		s.commented("stranger", 0)
		s.home().commit("stranger", policyFile, strings.Replace(policy(s, "甲"), "folder.quality", "folder.qualiti", 1))
		s.ended("review of a mistake", false, s.review("stranger"))
		if !slices.ContainsFunc(s.home().logs, func(log string) bool { return strings.Contains(log, "Did you mean") }) {
			s.Fatalf("no job says what is wrong:\n%s", strings.Join(s.home().logs, "\n----\n"))
		}
	})
}

// rescued is the state from the artifact of an apply that could not push it.
func (s stage) rescued() string {
	s.Helper()
	last := ""
	for what, text := range s.readable() {
		if strings.HasSuffix(what, "countersign.state.json") ||
			strings.HasPrefix(what, "state/countersign.state.json of") {
			if strings.Contains(string(text), "乙") {
				last = string(text)
			}
		}
	}
	if last == "" {
		s.Fatal("the state was not rescued")
	}
	return last
}
