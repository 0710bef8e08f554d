package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/eval"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// Inputs are the values that a run is given from outside.
type Inputs struct {
	Vars    []Assignment // -var and -var-file in the order of the command line; later ones win
	Environ []string     // os.Environ(); COUNTERSIGN_VAR_name, and what env() reads
	// Ask asks a person for a variable without a value; with nil, that is an error.
	Ask func(name, description string, sensitive bool) (string, error)
	// Unset: a variable without a value is no mistake, and what depends on it is not checked.
	Unset bool
	// State is where the state is according to the command line, which overrides the state block; "" when it does not
	// say.
	State string
	// Restrict: the configuration is a stranger's. It must not read the environment, nor choose where secrets are sent:
	// only the environment does.
	Restrict bool
}

// Assignment is one -var name=value, or one -var-file.
type Assignment struct {
	Name, Value string // of -var
	File        string // of -var-file
}

// VariablePrefix begins the names of environment variables that set variables.
const VariablePrefix = "COUNTERSIGN_VAR_"

// assignment is a value for a variable, from wherever it came.
type assignment struct {
	from  string // for messages
	text  string
	expr  hcl.Expression // in a file; otherwise text
	place hcl.Range
}

// assignVariables gives every variable its value, with Terraform's precedence: default, environment, automatic
// files, command line in its order. Only one of the calls on a Source needs to check the values.
func (ev *evaluator) assignVariables(check bool) {
	variables := slices.SortedFunc(slices.Values(ev.src.document.variables), func(a, b *variable) int {
		return strings.Compare(a.Name, b.Name)
	})
	ev.values, ev.From = make(map[string]cty.Value, len(variables)), make(map[string]string, len(variables))
	assigned := ev.assignments()
	for _, v := range variables {
		if v.broken {
			continue
		}
		if value, ok := ev.assign(v, assigned[v.Name]); ok {
			if v.sensitive {
				value = value.Mark(sensitive.Mark)
			}
			ev.values[v.Name] = value
		}
	}
	for _, v := range variables {
		ev.Need("var", v.Name)
	}
	if !check {
		return
	}
	for _, v := range variables {
		if _, ok := ev.values[v.Name]; ok {
			ev.validate(v)
		}
	}
}

// assignments collects what was given from outside, the last of each name.
func (ev *evaluator) assignments() map[string]assignment {
	given := map[string]assignment{}
	known := ev.src.Variables()
	for _, name := range known {
		if text, set := ev.environ[VariablePrefix+name]; set {
			given[name] = assignment{from: "the environment variable " + VariablePrefix + name, text: text}
		}
	}
	automatic, err := ev.src.automatic()
	if err != nil {
		ev.ReportAt(addr.Address{}, hcl.Range{}, "Several files of one name", "%s.", err)
	}
	for _, file := range automatic {
		src, _, problem := ev.src.readText(file)
		ev.assignFile(file, src, problem, given, known)
	}
	for _, a := range ev.in.Vars {
		a.Name = spelling.Form(a.Name)
		switch {
		case a.File != "":
			src, problem := ev.src.readInput(a.File)
			ev.assignFile(a.File, src, problem, given, known)
		case !ev.Known("var", a.Name):
			ev.ReportAt(addr.Address{}, hcl.Range{}, "Undeclared variable",
				"%s gives a value to %q, but there is no variable %q.%s Take the flag out, or add a block: "+
					"variable %q { }.", ev.src.flag(), a.Name, a.Name, words.DidYouMean(a.Name, known), a.Name)
		default:
			given[a.Name] = assignment{from: ev.src.flag(), text: a.Value}
		}
	}
	return given
}

// automaticEndings end the names of the variables files that are read without being named.
var automaticEndings = []string{".auto.vars.hcl", ".auto.vars.hcl.json"}

// automatic lists the variables files that are read without being named, in the order in which they are read.
func (s *Source) automatic() (names []string, err error) {
	if s.Single {
		for _, end := range automaticEndings {
			name, err := disk.Path(filepath.Join(s.Dir, s.Name+end))
			if err != nil {
				return nil, err
			}
			if _, err := os.Lstat(name); err == nil {
				names = append(names, name)
			}
		}
		return names, nil
	}
	entries, _ := os.ReadDir(s.Dir) // a folder that cannot be listed has been reported by Load
	for _, e := range entries {
		is := slices.ContainsFunc(automaticEndings, func(end string) bool { return strings.HasSuffix(e.Name(), end) })
		if is && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(s.Dir, e.Name()))
		}
	}
	return names, nil
}

// assignFile reads the values of a variables file. None of its lines is shown, because any may hold a secret, and the
// file may be something else than its name says.
func (ev *evaluator) assignFile(name string, src []byte, problem *hcl.Diagnostic, given map[string]assignment,
	known []string) {
	if problem != nil {
		ev.Report(diagnostic.Finding{Diagnostic: problem})
		return
	}
	file, diags := syntax.Parse(src, name)
	var attrs hcl.Attributes
	if !diags.HasErrors() {
		ev.reportHidden(syntax.HiddenCharacters(file.Bytes, name), true)
		attrs, diags = file.Body.JustAttributes()
		for _, d := range diags {
			d.Extra = syntax.Unparsed{}
		}
	}
	reported := false
	for _, d := range diags {
		if _, parser := d.Extra.(syntax.Unparsed); parser {
			if reported {
				continue // one place says it, and what follows is often due to it
			}
			reported = true
			d = &hcl.Diagnostic{Severity: d.Severity, Summary: "Variables file that does not parse", Subject: d.Subject,
				Detail: name + " is not written as a variables file is: NAME = VALUE, one on each line, with text in " +
					"quotes. What stands here is not shown, because it may be a secret."}
		}
		ev.Report(diagnostic.Finding{Diagnostic: d, Secret: true})
	}
	var wrong hcl.Diagnostics
	list := structure.InOrder(attrs, &wrong)
	for _, d := range wrong {
		ev.Report(diagnostic.Finding{Secret: true, Diagnostic: d})
	}
	for _, a := range list {
		if !ev.Known("var", a.Name) {
			ev.warnSecretly(a.NameRange, "Undeclared variable",
				"%s gives a value to %q, but there is no variable %q.%s",
				name, a.Name, a.Name, words.DidYouMean(a.Name, known))
			continue
		}
		given[a.Name] = assignment{from: name, expr: a.Expr, place: a.Expr.Range()}
	}
}

// assign is the value of one variable; false when it has none or a wrong one, which is reported.
func (ev *evaluator) assign(v *variable, a assignment) (cty.Value, bool) {
	if a.from == "" {
		if v.fallback != cty.NilVal {
			ev.From[v.Name] = eval.ByDefault
			return v.fallback, true
		}
		text, ok := ev.ask(v)
		if !ok {
			return cty.NilVal, false
		}
		a = assignment{from: "the terminal", text: text}
	}
	ev.From[v.Name] = a.from
	var value cty.Value
	var diags hcl.Diagnostics
	if a.expr != nil {
		value, diags = ev.Budget.Keep(a.expr, nil)
	} else {
		source := fmt.Sprintf("<value of var.%s>", v.Name)
		ev.texts[source] = []byte(a.text)
		value, diags = v.parse(a.text, source, ev.Budget)
	}
	if v.sensitive && diags.HasErrors() {
		ev.unsuited(v, a, errSensitive)
		return cty.NilVal, false
	}
	for _, d := range diags {
		ev.Report(diagnostic.Finding{Diagnostic: d, Address: v.Address, Secret: a.expr != nil})
	}
	if diags.HasErrors() {
		return cty.NilVal, false
	}
	if value.IsNull() && !v.nullable && v.fallback != cty.NilVal {
		return v.fallback, true
	}
	value, err := v.convert(value, ev.Budget)
	if err != nil && v.sensitive {
		err = errSensitive
	} else if err == nil && value.IsNull() && !v.nullable {
		err = errors.New("it is null, and the variable says nullable = false")
	}
	if err != nil {
		ev.unsuited(v, a, err)
		return cty.NilVal, false
	}
	return value, true
}

// errSensitive is the error for a secret that does not suit its variable, and does not say why.
var errSensitive = errors.New("")

// unsuited reports a value that does not suit its variable.
func (ev *evaluator) unsuited(v *variable, a assignment, why error) {
	if ev.Budget.Spent() != nil {
		ev.reportOn(v.Address, ev.Budget.Spent())
		return
	}
	at := v.At
	if a.expr != nil {
		at = a.place
	}
	detail := fmt.Sprintf("The value of the variable %q from %s does not suit it: %s.", v.Name, a.from, why)
	if why == errSensitive {
		detail = fmt.Sprintf("The value of the variable %q from %s %s", v.Name, a.from, v.mismatch())
	}
	ev.Report(diagnostic.Finding{Address: v.Address, Secret: a.expr != nil,
		Diagnostic: diagnostic.Error(at, "Invalid value for variable", "%s", detail)})
}

// ask gets a missing value from a person, once for all calls on the Source.
func (ev *evaluator) ask(v *variable) (string, bool) {
	ev.src.mu.Lock()
	defer ev.src.mu.Unlock()
	if text, asked := ev.src.answers[v.Name]; asked {
		return text, true
	}
	if ev.in.Unset {
		return "", false
	}
	if ev.in.Ask == nil {
		ev.reportOn(v.Address, diagnostic.Error(v.At, "Variable without a value",
			"The variable %q has no value. Give it one with %s '%s=…', %sor write a default.",
			v.Name, ev.src.flag(), v.Name, ev.src.otherWays(v.Name)))
		return "", false
	}
	text, err := ev.Budget.Ask(func() (string, error) { return ev.in.Ask(v.Name, v.description, v.sensitive) })
	if err != nil {
		ev.reportOn(v.Address, diagnostic.Error(v.At, "Variable without a value",
			"Asking for the variable %q: %s. Give it one with -var '%s=…' or the environment variable %s%s.",
			v.Name, err, v.Name, VariablePrefix, v.Name))
		return "", false
	}
	ev.src.answers[v.Name] = text
	return text, true
}
