package config

import (
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/words"
)

// The warnings of this file are about what the language allows and most likely nobody meant: values that nothing
// reads, and secrets in files.

// warnSecretly warns of a line that may hold a secret and is not shown. A zero range is no place.
func (ev *evaluator) warnSecretly(at hcl.Range, summary, format string, values ...any) {
	ev.Report(diagnostic.Finding{Secret: true, Diagnostic: diagnostic.Warning(at, summary, format, values...)})
}

// NoTemplate warns of a configuration that declares nothing to be made.
func (s *Source) NoTemplate() schema.Diagnostics {
	if len(s.document.templates) > 0 || len(s.document.attachments) > 0 || s.structure.HasErrors() {
		return nil
	}
	return schema.Diagnostics{{Severity: schema.Warning, Summary: "No template is declared",
		Detail: "The configuration has neither a template nor an attachment, so nothing is made, and what it " +
			"declared before is removed. If that is not meant, see that the right folder is named."}}
}

// warnOfLeftovers warns of values for variables that nothing reads.
func (ev *evaluator) warnOfLeftovers() {
	known := ev.src.Variables()
	var unread []string
	for name := range ev.environ {
		if name, is := strings.CutPrefix(name, VariablePrefix); is && name != "" && !slices.Contains(known, name) {
			unread = append(unread, name)
		}
	}
	slices.Sort(unread)
	for _, name := range unread {
		ev.warnSecretly(hcl.Range{}, "Environment variable that nothing reads",
			"%s%s is set, but there is no variable %q.%s", VariablePrefix, name, name, words.DidYouMean(name, known))
	}
	var files []string
	for _, a := range ev.in.Vars {
		if a.File != "" {
			files = append(files, filepath.Clean(a.File))
		}
	}
	for _, name := range ev.src.unreadFiles(files) {
		ev.warnSecretly(hcl.Range{}, "Variables file that nothing reads",
			"Nothing reads %s. Name it with -var-file, or call it %s, so that it is always read.",
			name, ev.src.automaticName(name))
	}
}

// unreadFiles are the variables files beside the configuration that are read only when the command line names them.
// Where it names one, leaving out the others is a choice.
func (s *Source) unreadFiles(chosen []string) []string {
	entries, _ := os.ReadDir(s.Dir) // a folder that cannot be listed has been reported by Load
	automatic, _ := s.automatic()
	var unread []string
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(s.Dir, name)
		base, ours := strings.CutSuffix(strings.TrimSuffix(name, ".json"), ".vars.hcl")
		_, _, foreign := strings.Cut(strings.TrimSuffix(name, ".json")+"\x00", ".tfvars\x00")
		switch {
		case e.IsDir(), strings.HasPrefix(name, "."), !ours && !foreign, slices.Contains(automatic, path):
		case ours && len(chosen) > 0, slices.Contains(chosen, path):
		case ours && s.Single && base != s.Name && s.hasConfiguration(strings.TrimSuffix(base, ".auto")):
		default:
			unread = append(unread, path)
		}
	}
	return unread
}

// hasConfiguration reports whether there is a configuration of one file of that name.
func (s *Source) hasConfiguration(name string) bool {
	for _, end := range []string{".hcl", ".hcl.json"} {
		if _, err := os.Lstat(filepath.Join(s.Dir, name+end)); err == nil {
			return true
		}
	}
	return false
}

// automaticName is what a variables file must be called to be read without being named.
func (s *Source) automaticName(name string) string {
	base, json := strings.CutSuffix(filepath.Base(name), ".json")
	for _, end := range []string{".tfvars", ".vars.hcl", ".auto"} {
		base = strings.TrimSuffix(base, end)
	}
	if s.Single {
		base = s.Name
	}
	if json {
		return base + automaticEndings[1]
	}
	return base + automaticEndings[0]
}

// warnOfSecrets warns of secrets of providers and states that are written in the configuration and open a real service.
func (ev *evaluator) warnOfSecrets(config *Config) {
	for _, p := range ev.src.document.providers {
		endpoint := ""
		switch {
		case p.Name == "yomicloud":
			endpoint = config.Provider.Endpoint
		case p.Name == "dingtalk" && config.DingTalk != nil:
			endpoint = config.DingTalk.Endpoint
		case p.Name == "tencentess" && config.ESign != nil:
			endpoint = config.ESign.Endpoint
		}
		if isLocal(endpoint) {
			continue
		}
		for _, name := range sensitive.SecretAttributes {
			ev.warnOfSecret(name, p.Expr(name))
		}
	}
	for _, b := range ev.src.document.states {
		if isLocal(config.State.Path) {
			continue
		}
		secrets := b.Secrets()
		for _, name := range slices.Sorted(maps.Keys(secrets)) {
			ev.warnOfSecret(name, secrets[name])
		}
	}
}

// warnOfSecret warns of one that is written in the configuration.
func (ev *evaluator) warnOfSecret(name string, e hcl.Expression) {
	if e == nil || !ev.writtenOut(e, 0) {
		return
	}
	ev.warnSecretly(e.Range(), "Secret in a file",
		"%s is written in the configuration, where whoever reads the files or their history finds it. Read it with "+
			"env(…), or leave it out and set the environment variable that it is read from; and give out a new one, "+
			"if this one has been shared.", name)
}

// isLocal reports whether an endpoint is the embedded drive or this machine.
func isLocal(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme == "sandbox" || endpoint == "" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// writtenOut reports whether a value stands in the files: as a literal, or as the default of a variable or the value of
// a local that the expression names.
func (ev *evaluator) writtenOut(e hcl.Expression, depth int) bool {
	if t, is := e.(*hclsyntax.ScopeTraversalExpr); is && len(t.Traversal) == 2 && depth < 10 {
		attr, _ := t.Traversal[1].(hcl.TraverseAttr)
		for _, v := range ev.src.document.variables {
			if t.Traversal.RootName() == "var" && v.Address == addr.New("var", attr.Name) {
				return v.written != nil && ev.writtenOut(v.written, depth+1)
			}
		}
		for _, l := range ev.src.document.locals {
			if t.Traversal.RootName() == "local" && l.Address == addr.New("local", attr.Name) {
				return ev.writtenOut(l.expr, depth+1)
			}
		}
		return false
	}
	v, diags := ev.Budget.Value(e, nil)
	return !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() != ""
}
