package pipeline

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"

	ctyyaml "github.com/zclconf/go-cty-yaml"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// labRecipe is docs/ci/gitlab/.gitlab-ci.yml: its jobs, by name, each with what it extends merged in, and its
// variables.
func labRecipe(t *testing.T) (jobs map[string]map[string]any, variables map[string]any) {
	t.Helper()
	source := programtest.Read(t, "../../docs/ci/gitlab/.gitlab-ci.yml")
	ty, err := ctyyaml.ImpliedType(source)
	if err != nil {
		t.Fatal(err)
	}
	value, err := ctyyaml.Unmarshal(source, ty)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ctyjson.Marshal(value, ty)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	jobs = map[string]map[string]any{}
	for name, what := range doc {
		if job, ok := what.(map[string]any); ok && job["script"] != nil {
			whole := map[string]any{}
			if base, ok := job["extends"].(string); ok {
				maps.Copy(whole, doc[base].(map[string]any))
			}
			maps.Copy(whole, job)
			jobs[name] = whole
		}
	}
	return jobs, doc["variables"].(map[string]any)
}

// script is what a runner makes of a script: its items, those of lists in it too, in one shell.
func script(items any) string {
	var out strings.Builder
	switch x := items.(type) {
	case string:
		out.WriteString(x + "\n")
	case []any:
		for _, item := range x {
			out.WriteString(script(item))
		}
	}
	return out.String()
}

func (g *gitLab) review(branch string) bool { return g.reviewOf(g.request(branch)) }

func (g *gitLab) again(branch string) (string, bool) {
	i := slices.IndexFunc(g.requests, func(m *mergeRequest) bool { return m.branch == branch && !m.merged.IsZero() })
	return g.requests[i].commit, g.reviewOf(g.requests[i])
}

func (g *gitLab) reviewOf(m *mergeRequest) bool {
	p := &pipeline{id: len(g.pipelines) + 100, sha: m.sha, iid: m.iid}
	g.pipelines = append(g.pipelines, p)
	return g.run(p, map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": m.sha,
		"CI_MERGE_REQUEST_IID": fmt.Sprint(m.iid), "CI_MERGE_REQUEST_PROJECT_ID": "7",
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": g.project()})
}

// project is where the pipelines of requests run: a fork's in the fork.
func (g *gitLab) project() string {
	if g.fork {
		return "8"
	}
	return "7"
}

func (g *gitLab) merge(branch, how string) bool {
	m := g.request(branch)
	m.commit, m.way, m.merged = g.forge.merge(branch, how), how, g.now()
	return g.push(m.commit)
}

func (g *gitLab) push(sha string) bool {
	p := &pipeline{id: len(g.pipelines) + 100, sha: sha}
	g.pipelines = append(g.pipelines, p)
	return g.run(p, map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_SHA": sha, "CI_COMMIT_BRANCH": "main"})
}

func (g *gitLab) night() bool {
	sha := g.git(g.repo, "rev-parse", "main")
	p := &pipeline{id: len(g.pipelines) + 100, sha: sha}
	g.pipelines = append(g.pipelines, p)
	return g.run(p, map[string]string{"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_SHA": sha,
		"CI_COMMIT_BRANCH": "main"})
}

// run runs the jobs of a pipeline whose rules say so, and reports whether each was green, or allowed to fail.
func (g *gitLab) run(p *pipeline, predefined map[string]string) bool {
	g.t.Helper()
	jobs, global := labRecipe(g.t)
	maps.Copy(predefined, map[string]string{"CI": "true", "GITLAB_CI": "true", "CI_API_V4_URL": g.url + "/api/v4",
		"CI_SERVER_URL": g.url, "CI_PROJECT_PATH": "acme/policies",
		"CI_PROJECT_ID": g.project(), "CI_DEFAULT_BRANCH": "main"})
	if !g.fork {
		predefined["COUNTERSIGN_REFUSE"] = g.refuse
	}
	ran, green := 0, true
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		if rules(jobs[name]["rules"], predefined) {
			ran++
			if needs, _ := jobs[name]["needs"].([]any); len(needs) > 0 && !green {
				continue
			}
			green = g.runJob(p, name, jobs[name], global, predefined) && green
		}
	}
	if ran == 0 {
		g.t.Fatalf("no job runs for %v", predefined)
	}
	return green
}

// rules are those of GitLab, as far as the recipe has them: $NAME, $NAME == "text" and $NAME == $NAME, with && between.
func rules(list any, variables map[string]string) bool {
	for _, rule := range list.([]any) {
		holds := true
		for _, term := range strings.Split(rule.(map[string]any)["if"].(string), " && ") {
			left, right, compared := strings.Cut(term, " == ")
			value := func(s string) string {
				if name, ok := strings.CutPrefix(s, "$"); ok {
					return variables[name]
				}
				return strings.Trim(s, `"`)
			}
			holds = holds && (compared && value(left) == value(right) || !compared && value(left) != "")
		}
		if holds {
			return true
		}
	}
	return false
}

func (g *gitLab) runJob(p *pipeline, name string, job, global map[string]any, predefined map[string]string) bool {
	j := &labJob{id: len(g.jobs) + 1, name: name, pipeline: p, files: map[string][]byte{}}
	g.jobs = append(g.jobs, j)
	dir, err := os.MkdirTemp(g.dir, "runner")
	if err != nil {
		g.t.Fatal(err)
	}
	work := filepath.Join(dir, "work")
	env := maps.Clone(predefined)
	maps.Copy(env, map[string]string{"PATH": g.path, "HOME": dir, "LANG": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0",
		"CI_PROJECT_DIR": work,
		"CI_JOB_URL":     fmt.Sprintf("%s/acme/policies/-/jobs/%d", g.url, j.id)})
	if !g.fork {
		maps.Copy(env, map[string]string{"COUNTERSIGN_URL": g.offer, "COUNTERSIGN_SHA256": g.sum,
			"COUNTERSIGN_RULES": g.rules, "COUNTERSIGN_RESTRICT": g.restrict, "YOMICLOUD_ENDPOINT": g.endpoint})
	}
	depth := "--depth=20"
	for _, variables := range []any{global, job["variables"]} {
		list, _ := variables.(map[string]any)
		for name, value := range list {
			env[name] = fmt.Sprint(value)
		}
	}
	if env["GIT_DEPTH"] == "0" {
		depth = "--no-tags"
	}
	environment, _ := job["environment"].(map[string]any)
	protected := predefined["CI_COMMIT_BRANCH"] == "main"
	for _, v := range g.variables {
		if !g.fork && (v.scope == "*" || v.scope == environment["name"]) && (protected || !v.protected) {
			env[v.name] = v.value
			if wrong := g.wrong[v.name]; wrong != "" {
				env[v.name] = wrong
			}
		}
	}
	// The runner's own clone, with the job's token, which may read the repository.
	token := g.token("job", map[string]string{"contents": "read", "rules": "read"})
	env["CI_JOB_TOKEN"] = token
	origin := strings.Replace(g.url, "http://", "http://gitlab-ci-token:"+token+"@", 1) + "/acme/policies.git"
	plain := map[string]string{"PATH": os.Getenv("PATH"), "HOME": dir}
	for _, args := range [][]string{{"init", "--quiet", work}, {"-C", work, "remote", "add", "origin", origin},
		{"-C", work, "fetch", "--quiet", depth, "origin", "+" + p.sha + ":refs/pipelines/1"}, {"-C", work, "checkout",
			"--quiet", "--detach", p.sha}} {
		if out, code := g.job(dir, plain, append([]string{"git"}, args...)...); code != 0 {
			g.t.Fatalf("%q: %s", args, out)
		}
	}
	needs, _ := job["needs"].([]any)
	for _, need := range needs { // their artifacts are there
		i := slices.IndexFunc(g.jobs, func(o *labJob) bool { return o.pipeline == p && o.name == need })
		for name, content := range g.jobs[i].files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(work, name)), 0o700); err != nil {
				g.t.Fatal(err)
			}
			programtest.Write(g.t, filepath.Join(work, name), string(content))
		}
	}
	path := filepath.Join(dir, "script.sh")
	programtest.Write(g.t, path, "set -eo pipefail\n"+script(job["before_script"])+script(job["script"]))
	printed, code := g.job(work, env, "bash", path)
	if after := script(job["after_script"]); after != "" {
		programtest.Write(g.t, path, "set -eo pipefail\n"+after)
		more, _ := g.job(work, env, "bash", path) // what it ends with, GitLab does not look at
		printed += more
	}
	j.status, j.finished = map[bool]string{true: "success", false: "failed"}[code == 0], g.now()
	g.keep(j, work, job["artifacts"], code == 0)
	g.log(printed)
	allowed, _ := job["allow_failure"].(map[string]any)
	return code == 0 || allowed != nil && fmt.Sprint(allowed["exit_codes"]) == fmt.Sprint(code)
}

// keep keeps a job's artifacts.
func (g *gitLab) keep(j *labJob, work string, what any, ok bool) {
	a, _ := what.(map[string]any)
	if a == nil || a["when"] == "on_failure" && ok || a["when"] != "always" && a["when"] != "on_failure" && !ok {
		return
	}
	list, _ := a["paths"].([]any)
	if reports, _ := a["reports"].(map[string]any); reports != nil {
		list = append(slices.Clone(list), reports["terraform"])
	}
	for _, item := range list {
		_ = filepath.WalkDir(filepath.Join(work, item.(string)), func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				name, _ := filepath.Rel(work, p)
				j.files[filepath.ToSlash(name)] = programtest.Read(g.t, p)
			}
			return nil // what is not there is a warning
		})
	}
}
