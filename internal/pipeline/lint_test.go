package pipeline

import (
	"bytes"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"

	"github.com/rhysd/actionlint"
)

// The recipes are what bash, shellcheck and actionlint find nothing wrong with.
func TestRecipesLint(t *testing.T) {
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Fatalf("%v: the recipes' shell parts are held to it (Debian: apt-get install shellcheck)", err)
	}
	check := func(name, script string) { // without SC2016: git's helper is to find its variable itself
		for _, args := range [][]string{{"bash", "-n"}, {shellcheck, "--shell=bash", "--exclude=SC2016", "-"}} {
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Stdin = strings.NewReader(script)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v\n%s", name, args[0], err, out)
			}
		}
	}
	workflows := recipes(t, "../../docs/ci/github/*.yml")
	for name, text := range workflows {
		var found bytes.Buffer
		lint, err := actionlint.NewLinter(&found, &actionlint.LinterOptions{Shellcheck: shellcheck})
		if err != nil {
			t.Fatal(err)
		}
		if errs, err := lint.Lint(name, []byte(text), nil); err != nil || len(errs) > 0 {
			t.Errorf("%v\n%s", err, &found)
		}
		w, _ := actionlint.Parse([]byte(text))
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				if x, ok := step.Exec.(*actionlint.ExecRun); ok {
					check(name+": "+step.Name.Value, x.Run.Value)
					if strings.Contains(x.Run.Value, "${{") {
						t.Errorf("%s: %s: an expression in a script is run as what it says", name, step.Name.Value)
					}
				}
			}
		}
	}
	jobs, _ := labRecipe(t)
	for name, job := range jobs {
		check(name, "set -eo pipefail\n"+script(job["before_script"])+script(job["script"]))
		check(name, "set -eo pipefail\n"+script(job["after_script"]))
	}
	for name, text := range recipes(t, "../../docs/ci/shell/*.sh") {
		check(name, text)
	}
}

// docs/ci/README.md lists what the recipes need: each secret, variable, environment and permission.
func TestRecipesNeedsAreListed(t *testing.T) {
	page := string(programtest.Read(t, "../../docs/ci/README.md"))
	needs := map[string]bool{}
	add := func(texts map[string]string, pattern string) {
		for _, text := range texts {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
				needs[m[1]] = true
			}
		}
	}
	workflows := recipes(t, "../../docs/ci/github/*.yml")
	add(workflows, `(?:secrets|vars)\.(\w+)`)
	add(workflows, `(?m)^ +(\w[\w-]+: (?:read|write))`)
	add(workflows, `(?m)(countersign-(?:plan|apply))$`)
	add(workflows, `(?m)^  (\w+): \S+ # `)
	lab := recipes(t, "../../docs/ci/gitlab/.gitlab-ci.yml")
	add(lab, `\$(COUNTERSIGN_\w+)`)
	add(lab, `(?m)name: (countersign/\w+)`)
	add(lab, `(?m)^  ([A-Z_]+): `)
	shell := recipes(t, "../../docs/ci/shell/*.sh")
	add(shell, `"?\$\{([A-Z_]+):[?-]`)
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/ci/README.md does not name `%s`", name)
		}
	}
	if len(needs) < 15 {
		t.Errorf("only %d needs were found: %v", len(needs), needs)
	}
}

func recipes(t *testing.T, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	texts := map[string]string{}
	for _, f := range files {
		texts[f] = string(programtest.Read(t, f))
	}
	return texts
}
