package pipeline

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"countersign/internal/programtest"

	"github.com/rhysd/actionlint"
)

// actionsRun is a run of one workflow, as GitHub's runner carries it out: steps in order, each with its condition and
// its environment, shell ones by bash, the others (uses:) by what their documentation says that they do.
type actionsRun struct {
	*gitHub
	id      int
	event   map[string]any    // the github context's event
	github  map[string]string // the github context, and as GITHUB_… the environment
	failed  bool              // the job
	steps   map[string]any    // the steps context
	temp    string
	work    string
	token   string
	secrets map[string]any
	path    string
	printed strings.Builder
	needs   map[string]any // what the jobs before have put out
}

// environments are which secrets an environment holds.
var gitHubEnvironments = map[string][]string{"countersign-plan": {"YOMICLOUD_TOKEN", "COUNTERSIGN_RULES_TOKEN"},
	"countersign-apply": {"YOMICLOUD_TOKEN", "COUNTERSIGN_RULES_TOKEN"}, "countersign-second": nil}

func (g *gitHub) review(branch string) bool { return g.reviewOf(g.request(branch)) }

func (g *gitHub) again(branch string) (string, bool) {
	p := g.merged(branch)
	return p.as, g.reviewOf(p)
}

func (g *gitHub) merged(branch string) *pull {
	i := slices.IndexFunc(g.pulls, func(p *pull) bool { return p.branch == branch && !p.merged.IsZero() })
	return g.pulls[i]
}

func (g *gitHub) reviewOf(p *pull) bool {
	branch := p.branch
	from := map[bool]string{true: "stranger/policies", false: "acme/policies"}[g.fork]
	head := map[string]any{"sha": p.head, "ref": branch, "repo": map[string]any{"full_name": from}}
	// What GitHub has under refs/pull/N/merge; where there is a conflict, it runs nothing for the event, so what was
	// there stays.
	ref := fmt.Sprintf("refs/pull/%d/merge", p.number)
	if out, code := g.job(g.repo, map[string]string{"PATH": os.Getenv("PATH")}, "git", "merge-tree", "--write-tree",
		"main", branch); code == 0 {
		tree := strings.TrimSpace(out)
		g.git(g.repo, "update-ref", ref, g.git(g.repo, "commit-tree", tree, "-p", "main", "-p", branch, "-m", "Merge"))
	}
	return g.workflow("countersign-review.yml", map[string]any{"pull_request": map[string]any{
		"number": fmt.Sprint(p.number),
		"head":   head}},
		map[string]string{"event_name": "pull_request", "ref": ref, "ref_name": fmt.Sprintf("%d/merge", p.number),
			"sha": g.git(g.repo, "rev-parse", ref), "base_ref": "main", "head_ref": branch})
}

func (g *gitHub) merge(branch, how string) bool {
	p := g.request(branch)
	p.as = g.forge.merge(branch, how)
	p.merged, p.issue.open = g.now(), false
	return g.push(p.as)
}

func (g *gitHub) push(sha string) bool {
	return g.workflow("countersign-apply.yml", map[string]any{},
		map[string]string{"event_name": "push", "ref": "refs/heads/main", "ref_name": "main", "sha": sha})
}

func (g *gitHub) night() bool {
	return g.workflow("countersign-drift.yml", map[string]any{},
		map[string]string{"event_name": "schedule", "ref": "refs/heads/main", "ref_name": "main",
			"sha": g.git(g.repo, "rev-parse", "main")})
}

// workflow runs all jobs of a workflow and reports whether each was green.
func (g *gitHub) workflow(file string, event map[string]any, github map[string]string) bool {
	g.t.Helper()
	w, errs := actionlint.Parse(programtest.Read(g.t, filepath.Join("../../docs/ci/github", file)))
	if len(errs) > 0 {
		g.t.Fatal(errs[0])
	}
	g.runs++
	green, needs, failed := true, map[string]any{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) { // which is an order that their needs allow
		r := &actionsRun{gitHub: g, id: g.runs, event: event, github: maps.Clone(github), steps: map[string]any{},
			secrets: map[string]any{}, path: g.path, needs: needs}
		maps.Copy(r.github, map[string]string{"repository": "acme/policies", "server_url": g.url, "api_url": g.url,
			"run_id": fmt.Sprint(g.runs)})
		if !slices.ContainsFunc(w.Jobs[name].Needs, func(n *actionlint.String) bool { return failed[n.Value] }) {
			r.run(w, w.Jobs[name])
		}
		outputs := map[string]any{}
		for _, o := range w.Jobs[name].Outputs {
			outputs[strings.ToLower(o.Name.Value)] = r.text(o.Value.Value, nil)
		}
		needs[name], failed[name] = map[string]any{"outputs": outputs}, r.failed
		g.log(r.printed.String())
		r.obeyed()
		green = green && !r.failed
	}
	return green
}

func (r *actionsRun) run(w *actionlint.Workflow, job *actionlint.Job) {
	if job.If != nil && !truth(r.value(job.If.Value)) {
		return
	}
	if len(w.Permissions.Scopes) != 0 || w.Permissions.All != nil || job.Permissions == nil {
		r.t.Fatal("permissions are not given to each job alone")
	}
	may := map[string]string{}
	for _, p := range job.Permissions.Scopes {
		may[p.Name.Value] = p.Value.Value
	}
	r.token = r.forge.token("github", may)
	if wrong := r.wrong["token"]; wrong != "" {
		r.token = wrong
	}
	if job.Environment != nil {
		names, ok := gitHubEnvironments[job.Environment.Name.Value]
		if !ok {
			r.t.Fatalf("docs/ci/README.md does not name the environment %s", job.Environment.Name.Value)
		}
		if job.Environment.Name.Value == "countersign-second" && !r.agreed { // its required reviewers are asked
			r.failed = true
			r.printed.WriteString("A reviewer of countersign-second is waited for.\n")
			return
		}
		if r.fork {
			names = nil
		}
		for _, name := range names {
			r.secrets[strings.ToLower(name)] = r.tokens[name]
			if wrong := r.wrong[name]; wrong != "" {
				r.secrets[strings.ToLower(name)] = wrong
			}
		}
	}
	dir, err := os.MkdirTemp(r.dir, "runner")
	if err != nil {
		r.t.Fatal(err)
	}
	r.temp, r.work = filepath.Join(dir, "temp"), filepath.Join(dir, "work")
	for _, d := range []string{r.temp, r.work, filepath.Join(dir, "home")} {
		if err := os.Mkdir(d, 0o700); err != nil {
			r.t.Fatal(err)
		}
	}
	for _, step := range job.Steps {
		r.step(w, job, step)
	}
}

var asksStatus = regexp.MustCompile(`\b(always|cancelled|failure|success)\(\)`)

func (r *actionsRun) step(w *actionlint.Workflow, job *actionlint.Job, step *actionlint.Step) {
	condition := "success()"
	if step.If != nil {
		condition = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(step.If.Value), "${{"), "}}")
		if !asksStatus.MatchString(condition) {
			condition = "success() && (" + condition + ")"
		}
	}
	outputs, outcome := map[string]any{}, "skipped"
	if truth(r.value(condition)) {
		env := map[string]string{}
		for _, e := range []*actionlint.Env{w.Env, job.Env, step.Env} {
			if e == nil {
				continue
			}
			for _, v := range e.Vars {
				env[v.Name.Value] = r.text(v.Value.Value, env)
			}
		}
		ok := false
		switch x := step.Exec.(type) {
		case *actionlint.ExecRun:
			if shell := w.Defaults.Run.Shell.Value; shell != "bash" || x.Shell != nil {
				r.t.Fatalf("the shell is %s", shell)
			}
			ok = r.bash(x.Run.Value, env, outputs)
		case *actionlint.ExecAction:
			with := map[string]string{}
			for name, input := range x.Inputs {
				with[name] = r.text(input.Value.Value, env)
			}
			emulate, known := emulated[x.Uses.Value]
			if !known {
				r.t.Fatalf("%s is not emulated", x.Uses.Value)
			}
			if err := emulate(r, with); err != nil {
				fmt.Fprintf(&r.printed, "::error::%v\n", err)
			} else {
				ok = true
			}
			for name := range with {
				r.t.Fatalf("%s: the input %s is not emulated", x.Uses.Value, name)
			}
		}
		if outcome = "success"; !ok {
			outcome, r.failed = "failure", true
		}
	}
	if step.ID != nil {
		r.steps[strings.ToLower(step.ID.Value)] = map[string]any{"outputs": outputs, "outcome": outcome}
	}
}

// bash runs a shell step as the runner does, and takes in what the step left in its files.
func (r *actionsRun) bash(script string, env map[string]string, outputs map[string]any) bool {
	files := map[string]string{}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"} {
		f, err := os.CreateTemp(r.temp, "_runner_file_commands")
		if err != nil {
			r.t.Fatal(err)
		}
		f.Close()
		files[name] = f.Name()
	}
	maps.Copy(env, files)
	for name, value := range r.github {
		env["GITHUB_"+strings.ToUpper(name)] = value
	}
	maps.Copy(env, map[string]string{"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": r.work,
		"RUNNER_TEMP": r.temp,
		"HOME":        filepath.Join(filepath.Dir(r.temp), "home"), "PATH": r.path, "LANG": "C.UTF-8"})
	path := filepath.Join(r.temp, "script.sh")
	programtest.Write(r.t, path, script)
	printed, code := r.job(r.work, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", path)
	r.printed.WriteString(printed)
	for line := range strings.Lines(string(programtest.Read(r.t, files["GITHUB_OUTPUT"]))) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			r.t.Fatalf("not an output: %s", line)
		}
		outputs[strings.ToLower(name)] = value
	}
	for line := range strings.Lines(string(programtest.Read(r.t, files["GITHUB_PATH"]))) {
		r.path = strings.TrimSuffix(line, "\n") + string(filepath.ListSeparator) + r.path
	}
	r.printed.Write(programtest.Read(r.t, files["GITHUB_STEP_SUMMARY"]))
	return code == 0
}

// emulated are the actions that the recipes use, and what they do. Each deletes the inputs that it knows from with.
var emulated = map[string]func(r *actionsRun, with map[string]string) error{
	"actions/checkout@v5":          checkout,
	"actions/upload-artifact@v6":   uploadArtifact,
	"actions/download-artifact@v7": downloadArtifact,
}

func taken(with map[string]string, name, otherwise string) string {
	value, ok := with[name]
	delete(with, name)
	if !ok {
		return otherwise
	}
	return value
}

func checkout(r *actionsRun, with map[string]string) error {
	repository := taken(with, "repository", "acme/policies")
	ref, dir := taken(with, "ref", ""), filepath.Join(r.work, taken(with, "path", "."))
	persist, depth := taken(with, "persist-credentials", "true"), taken(with, "fetch-depth", "1")
	user := []byte("x-access-token:" + taken(with, "token", r.token))
	basic := "AUTHORIZATION: basic " + base64.StdEncoding.EncodeToString(user)
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": filepath.Join(filepath.Dir(r.temp), "home"),
		"GIT_TERMINAL_PROMPT": "0",
		"GIT_CONFIG_COUNT":    "1", "GIT_CONFIG_KEY_0": "http." + r.url + "/.extraheader", "GIT_CONFIG_VALUE_0": basic}
	fetch := []string{"fetch", "--quiet", "--depth=1", "origin"}
	commit := ref
	switch {
	case repository != "acme/policies":
		commit = "refs/remotes/origin/main"
		fetch = append(fetch, "+refs/heads/main:"+commit)
	case ref == "":
		commit = r.github["sha"]
		fetch = append(fetch, "+"+commit+":refs/remotes/pull/x")
	case regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(ref):
		fetch = append(fetch, "+"+ref+":refs/remotes/pull/x")
	default:
		commit = "refs/remotes/origin/" + ref
		fetch = append(fetch, "+refs/heads/"+ref+":"+commit)
	}
	if depth == "0" {
		fetch = append([]string{"fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*"}, fetch[4:]...)
	}
	for _, args := range [][]string{{"init", "--quiet", dir},
		{"-C", dir, "remote", "add", "origin", r.url + "/" + repository + ".git"},
		append([]string{"-C", dir}, fetch...), {"-C", dir, "checkout", "--quiet", "--detach", commit}} {
		if out, code := r.job(r.work, env, append([]string{"git"}, args...)...); code != 0 {
			return fmt.Errorf("checkout: %s", out)
		}
	}
	if persist == "true" {
		r.git(dir, "config", env["GIT_CONFIG_KEY_0"], basic)
	}
	return nil
}

func uploadArtifact(r *actionsRun, with map[string]string) error {
	a := &artifact{id: len(r.artifacts) + 1, run: r.id, name: taken(with, "name", "artifact"), created: r.now(),
		files: map[string][]byte{}}
	if p, ok := r.event["pull_request"].(map[string]any); ok {
		a.head = p["head"].(map[string]any)["sha"].(string)
	}
	taken(with, "retention-days", "")
	overwrite, strict := taken(with, "overwrite", "false"), taken(with, "if-no-files-found", "warn")
	path := taken(with, "path", "")
	err := filepath.WalkDir(filepath.Join(map[bool]string{true: "", false: r.work}[filepath.IsAbs(path)], path),
		func(p string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasPrefix(d.Name(), ".") && d.IsDir() {
				return fs.SkipDir // hidden files are not uploaded
			}
			if err != nil || d.IsDir() {
				return err
			}
			a.files[filepath.Base(p)] = programtest.Read(r.t, p)
			return nil
		})
	if err != nil && strict == "error" {
		return fmt.Errorf("no files were found with the provided path: %s", path)
	}
	for i, other := range r.artifacts {
		if other.run == a.run && other.name == a.name {
			if overwrite != "true" {
				return fmt.Errorf("an artifact with this name already exists on the workflow run")
			}
			r.artifacts[i] = a
			return nil
		}
	}
	r.artifacts = append(r.artifacts, a)
	return nil
}

func downloadArtifact(r *actionsRun, with map[string]string) error {
	name, run, token, path := taken(with, "name", ""), taken(with, "run-id", ""), taken(with, "github-token",
		""), taken(with, "path", "")
	if _, may := r.may(token, "actions", "read"); !may {
		return fmt.Errorf("Resource not accessible by integration")
	}
	for _, a := range r.artifacts {
		if a.name != name || fmt.Sprint(a.run) != run {
			continue
		}
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		for file, content := range a.files {
			if err := os.WriteFile(filepath.Join(path, file), content, 0o600); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("Unable to download artifact(s): Artifact not found for name: %s", name)
}

// value is what an expression of a workflow means.
func (r *actionsRun) value(expression string) any {
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(expression + "}}"))
	if err != nil {
		r.t.Fatalf("%s: %v", expression, err)
	}
	return r.eval(node, nil)
}

var embedded = regexp.MustCompile(`\$\{\{(.*?)\}\}`)

// text is a text with the expressions in it replaced.
func (r *actionsRun) text(s string, env map[string]string) string {
	return embedded.ReplaceAllStringFunc(s, func(e string) string {
		node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(e[3:]))
		if err != nil {
			r.t.Fatalf("%s: %v", e, err)
		}
		if value := r.eval(node, env); value != nil {
			return fmt.Sprint(value)
		}
		return ""
	})
}

func (r *actionsRun) eval(node actionlint.ExprNode, env map[string]string) any {
	switch n := node.(type) {
	case *actionlint.StringNode:
		return n.Value
	case *actionlint.VariableNode:
		status := map[bool]string{true: "failure", false: "success"}[r.failed]
		lower := map[string]any{}
		for name, value := range env {
			lower[strings.ToLower(name)] = value
		}
		github := map[string]any{"event": r.event, "token": r.token}
		for name, value := range r.github {
			github[name] = value
		}
		vars := map[string]any{}
		if !r.fork {
			vars = map[string]any{"countersign_url": r.offer, "countersign_sha256": r.sum, "countersign_rules": r.rules,
				"countersign_refuse": r.refuse, "countersign_restrict": r.restrict, "yomicloud_endpoint": r.endpoint}
		}
		contexts := map[string]any{"github": github, "env": lower, "steps": r.steps, "secrets": r.secrets,
			"job": map[string]any{"status": status}, "needs": r.needs,
			"runner": map[string]any{"temp": r.temp}, "vars": vars}
		context, ok := contexts[n.Name]
		if !ok {
			r.t.Fatalf("there is no context %s", n.Name)
		}
		return context
	case *actionlint.ObjectDerefNode:
		object, _ := r.eval(n.Receiver, env).(map[string]any)
		return object[n.Property]
	case *actionlint.NotOpNode:
		return !truth(r.eval(n.Operand, env))
	case *actionlint.CompareOpNode:
		equal := fmt.Sprint(r.eval(n.Left, env)) == fmt.Sprint(r.eval(n.Right, env))
		switch n.Kind {
		case actionlint.CompareOpNodeKindEq:
			return equal
		case actionlint.CompareOpNodeKindNotEq:
			return !equal
		}
	case *actionlint.LogicalOpNode:
		left := r.eval(n.Left, env)
		if truth(left) == (n.Kind == actionlint.LogicalOpNodeKindAnd) {
			return r.eval(n.Right, env)
		}
		return left
	case *actionlint.FuncCallNode:
		switch n.Callee {
		case "always":
			return true
		case "cancelled":
			return false
		case "success":
			return !r.failed
		case "failure":
			return r.failed
		}
	}
	r.t.Fatalf("%T is not emulated", node)
	return nil
}

func truth(value any) bool { return value != nil && value != "" && value != false }

// obeyed demands that nothing but the recipe's own words was taken for a command by the runner.
func (r *actionsRun) obeyed() {
	stop := ""
	for line := range strings.Lines(r.printed.String()) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "::"):
		case stop != "":
			if line == "::"+stop+"::" {
				stop = ""
			}
		case strings.HasPrefix(line, "::stop-commands::"):
			stop = strings.TrimPrefix(line, "::stop-commands::")
		case !regexp.MustCompile(`^::(error|warning|notice)( [^:]*)?::`).MatchString(line):
			r.t.Errorf("the runner would obey: %s", line)
		}
	}
	if stop != "" {
		r.t.Errorf("commands stay stopped:\n%s", r.printed.String())
	}
}

// stateOf is what the state's branch has; "" when there is no such file.
func (f *forge) stateOf(name string) string {
	out, code := f.job(f.repo, map[string]string{"PATH": os.Getenv("PATH")}, "git", "show", "countersign-state:"+name)
	if code != 0 {
		return ""
	}
	return out
}
