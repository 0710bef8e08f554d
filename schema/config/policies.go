package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/eval"
	"countersign/schema/config/rule"
)

// policySchema lists the blocks of a file of policies.
var policySchema = blocksOf("policy", "locals", "variable")

// blocksOf is rootSchema without all other blocks.
func blocksOf(kinds ...string) *hcl.BodySchema {
	all := slices.Clone(rootSchema.Blocks)
	return &hcl.BodySchema{Blocks: slices.DeleteFunc(all, func(b hcl.BlockHeaderSchema) bool {
		return !slices.Contains(kinds, b.Type)
	})}
}

// schema lists the blocks that a file may have.
func (s *Source) schema() *hcl.BodySchema {
	if s.Rules {
		return policySchema
	}
	return rootSchema
}

// policyRoots are the words that references of policies from elsewhere begin with. They see what the configuration
// declares as values only.
var policyRoots = eval.Roots{"var": roots["var"], "local": roots["local"]}

func (s *Source) roots() eval.Roots {
	if s.Rules {
		return policyRoots
	}
	return roots
}

// flag gives a variable a value on the command line.
func (s *Source) flag() string {
	if s.Rules {
		return "-policy-var"
	}
	return "-var"
}

// otherWays names the ways to give a variable a value besides the flag, as a part of a sentence.
func (s *Source) otherWays(name string) string {
	if s.Rules {
		return ""
	}
	return fmt.Sprintf("the environment variable %s%s or a *.auto.vars.hcl file, ", VariablePrefix, name)
}

// LoadPolicies reads a folder of -policy: policy blocks and the variables and local values that they need. A folder
// that cannot be read or has no policy is an error, because a missing rule would look like one that is satisfied. The
// Source is not nil even with errors.
func LoadPolicies(folder string) (*Source, schema.Diagnostics) {
	s := (&Source{Dir: folder, Name: "countersign", Rules: true}).unread()
	refuse := func(why string) (*Source, schema.Diagnostics) {
		return s, schema.Diagnostics{*fileError("The policies cannot be read",
			fmt.Sprintf("-policy=%s: %s. A rule that is missing must not look like one that holds, so nothing is done.",
				folder, why))}
	}
	path, err := disk.Path(folder)
	if err != nil {
		return refuse(err.Error())
	}
	s.Dir = path
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse("there is no such folder")
	case err != nil:
		return refuse(disk.Reason(err))
	case !info.IsDir():
		return refuse("it is not a folder")
	}
	if s.Files, err = FilesOf(path); err != nil {
		return refuse(disk.Reason(err))
	}
	if len(s.Files) == 0 {
		return refuse("it holds no *.hcl or *.hcl.json file")
	}
	s, diags := s.load(path)
	if !diags.HasErrors() && !s.HasPolicies() && !s.structure.HasErrors() {
		return refuse("its files hold no policy block")
	}
	return s, diags
}

// HasPolicies reports whether there is a policy block.
func (s *Source) HasPolicies() bool { return len(s.document.policies) > 0 }

// Variables are the names of the variables.
func (s *Source) Variables() (names []string) {
	for _, v := range s.document.variables {
		names = append(names, v.Name)
	}
	return names
}

// judgement is what became of the policies, and what is wrong with them.
type judgement struct {
	checks []schema.Check
	found  schema.Diagnostics
}

// Hold checks the subjects against the policies. found is what the policies say of the subjects, as rule.Judge has it;
// wrong is what is wrong with the policies themselves, or with what they refer to.
func (s *Source) Hold(in Inputs, facts *schema.Facts, subjects *rule.Subjects) (checks []schema.Check,
	found, wrong schema.Diagnostics) {
	ev := s.evaluator(in, facts)
	j, wrong := inTime(ev, func() (judgement, schema.Diagnostics) { return ev.judge(subjects) })
	return j.checks, j.found, wrong
}

func (ev *evaluator) judge(subjects *rule.Subjects) (j judgement, wrong schema.Diagnostics) {
	if ev.src.Rules { // of a configuration, Evaluate has done this
		for _, f := range diagnostic.Findings(ev.src.structure) {
			ev.Report(f)
		}
	}
	ev.assignVariables(ev.src.Rules)
	translator := ev.src.translator()
	translator.Texts = ev.texts
	j.checks, j.found = rule.Judge(ev.Evaluator, ev.src.document.policies, subjects, ev.src.Rules,
		func(f diagnostic.Finding) schema.Diagnostic { return translator.All([]diagnostic.Finding{f})[0] })
	if !ev.src.Rules {
		return j, ev.errors()
	}
	ev.reportHidden(ev.src.unseen, false)
	for i := range j.checks {
		j.checks[i].Folder = ev.src.Dir
	}
	return j, ev.diagnostics()
}
