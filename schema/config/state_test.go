package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/schema/config/backend"
	"countersign/schema/config/configtest"
	"countersign/schema/config/provider"
)

// TestStatePath: a configuration keeps its state in its own folder, under a name that nothing else has.
func TestStatePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Symlink("policies", "link"); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"x.json": "policies/x.json", "deep/er/x": "policies/deep/er/x", "./x.json": "policies/x.json",
		"a/../x.json": "policies/x.json", "状态.json": "policies/状态.json",
		dir + "/policies/x.json": "policies/x.json", real + "/policies/x.json": "policies/x.json",
		"..x/y.json": "policies/..x/y.json", "x.hcl.state": "policies/x.hcl.state",

		"../x.json": "outside", "/etc/x.json": "outside", "a/../../x.json": "outside", "..": "outside", "/": "outside",
		dir + "/x.json":           "outside",
		dir + "/policies2/x.json": "outside", "../link2/x.json": "outside",
		"main.hcl": "named as a configuration", "MAIN.HCL": "named as a configuration",
		"x.auto.vars.hcl": "named as a configuration", "sub/x.Hcl.Json": "named as a configuration",
		".git/hooks/x.json": "git's own folder", ".GIT/x.json": "git's own folder", "sub/.git": "git's own folder",
		".countersign/x.json": "embedded drive", "sub/.CounterSign/x.json": "embedded drive",
		"countersign.state.json.backup": "kept beside a state", "x.JOURNAL": "kept beside a state",
		"x.lock": "kept beside a state", ".new-7.countersign.state.json": "kept beside a state",
		".": "folder itself", "a/..": "folder itself", dir + "/policies": "folder itself", " ": "path is where",
	} {
		t.Run(strings.ReplaceAll(path, "/", "|"), func(t *testing.T) {
			configtest.Write(t, "policies/main.hcl", fmt.Sprintf("state \"local\" {\n  path = %q\n}\n", path))
			for _, as := range []string{"policies", "link"} {
				source, diags := Load(as)
				if len(diags) > 0 {
					t.Fatal(diags)
				}
				config, diags := source.Evaluate(Inputs{}, nil)
				if name, fine := strings.CutPrefix(want, "policies/"); fine {
					if len(diags) > 0 || config.State != (backend.State{Type: "local", Path: filepath.Join(as, name),
						Folder: as}) {
						t.Errorf("%+v, %v", config.State, diags)
					}
				} else if len(diags) != 1 || !strings.Contains(diags[0].Summary+diags[0].Detail, want) ||
					config.State.Path != "" {
					t.Errorf("%+v, %v", config.State, diags)
				}
				// A person's word counts more, and may name any place.
				config, diags = source.Evaluate(Inputs{State: "../elsewhere.json"}, nil)
				if len(diags) > 0 || config.State != (backend.State{Type: "local", Path: "../elsewhere.json"}) {
					t.Errorf("said by a person: %+v, %v", config.State, diags)
				}
			}
		})
	}
}

// TestStream: what comes only once is read once, however often the configuration is evaluated.
func TestStream(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "main.hcl", "variable \"x\" {}\noutput \"x\" {\n  value = var.x\n}\n")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		fmt.Fprintln(w, `x = "once"`)
		w.Close()
	}()
	name := fmt.Sprint("/dev/fd/", r.Fd())
	source, diags := Load(".")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for range 3 {
		outputs, diags := source.Outputs(Inputs{Vars: []Assignment{{File: name}}}, nil)
		if len(diags) > 0 || len(outputs) != 1 || outputs[0].Value.(string) != "once" {
			t.Fatalf("%+v, %v", outputs, diags)
		}
	}
	if !source.Stream(name) || source.Stream("main.hcl") {
		t.Error("a stream is not told from a file")
	}
}

// TestAuthorities: those of the environment are a person's own choice, and stand in for what no block names.
func TestAuthorities(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "own/ca.pem", "x")
	folder, err := filepath.Abs("own")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"": "/etc/ssl/company.pem",
		"provider \"yomicloud\" {\n  endpoint = \"https://d.example.com\"\n}\n": "/etc/ssl/company.pem",
		"provider \"yomicloud\" {\n  endpoint = \"https://d.example.com\"\n" +
			"  ca_file = \"./ca.pem\"\n}\n": filepath.Join(folder,
			"ca.pem"),
	} {
		configtest.Write(t, "own/main.hcl", text+"provider \"dingtalk\" {\n  agent_id = 1\n}\n")
		source, diags := Load("own")
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		config, diags := source.Evaluate(Inputs{Environ: []string{provider.CAFileEnv + "=/etc/ssl/company.pem"}}, nil)
		in := folder
		if want == "/etc/ssl/company.pem" {
			in = ""
		}
		if p := config.Provider; len(diags) > 0 || p.CAFile != want || p.CAFolder != in {
			t.Errorf("%q: %q in %q, %v", text, p.CAFile, p.CAFolder, diags)
		}
		if p := config.DingTalk; p.CAFile != "/etc/ssl/company.pem" || p.CAFolder != "" {
			t.Errorf("%q: dingtalk %q in %q", text, p.CAFile, p.CAFolder)
		}
	}
}
