package structure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/config/words"
	nearby "countersign/schema/near"
)

// rules says where rules are written.
const rules = "A rule for what is declared is a block policy; " +
	"one for a value stands in the validation block of a variable."

// habits are arguments and blocks of other tools' languages, with what to write instead.
var habits = map[string]string{
	"backend": `Write the block state "local" { path = … } at the top of a file, or state "http", "s3" or ` +
		`"postgres", Terraform's pg.`,
	"check":      rules,
	"connection": "Countersign runs nothing elsewhere. Run it in your pipeline, after apply.",
	"count": `Write for_each: a map, or toset(["a", "b"]), whose keys name the instances. For one or none write ` +
		`for_each = CONDITION ? toset(["this"]) : toset([]).`,
	"create_before_destroy": "It is always so: what is replaced is made anew before the " +
		"old one is removed. Take it out.",
	"data": `What the drive has already is named by a block folder, file or approver with its id or its ` +
		`path; references such as folder.NAME.id read it.`,
	"depends_on":        "Blocks are put in order by what they refer to. Take it out.",
	"dynamic cc":        "A cc block stands once: write cc { users = CONDITION ? […] : [] }.",
	"dynamic lifecycle": "A lifecycle block stands once: write prevent_destroy = CONDITION in it.",
	"ephemeral":         "Mark a variable sensitive = true, or read the value with env(…).",
	"ignore_changes":    "It stands in the block lifecycle { } of a template.",
	"local":             "The block is called locals; a reference to what is in it, local.NAME.",
	"module": "There are no modules: all *.hcl files of a folder are one configuration. Write " +
		"for_each for what repeats.",
	"moved":           `Run "countersign state mv OLD NEW" once.`,
	"postcondition":   rules,
	"precondition":    rules,
	"prevent_destroy": "It stands in the block lifecycle { } of a template.",
	"provisioner": `Countersign runs nothing. Run it in your pipeline, after apply; "countersign output ` +
		`-json" gives it the ids.`,
	"removed": `Take the block out, and run "countersign state rm ADDRESS" if the template is to stay on the ` +
		`drive.`,
	"replace_triggered_by": "Nothing is replaced for a change elsewhere. Take it out.",
	"required_providers": `Providers are part of the program. Write a block provider "yomicloud" { } with ` +
		`its endpoint.`,
	"required_version": "Pin the version of the program in your pipeline.",
	"resource": "A block's kind is its first word: template, folder, file, approver or attachment, and " +
		"then its name.",
	"terraform": `The state stands in a block state "local", "http", "s3" or "postgres" { }, and a provider in its ` +
		`own block.`,
	"var": "The block is called variable; a reference to it, var.NAME.",
}

// OtherReference says what to write for the first word of a reference of another tool's language; "" for any other.
func OtherReference(root string) string {
	switch root {
	case "data", "module", "resource":
		return habits[root]
	case "count":
		return "Instances have keys: write for_each, and each.key."
	case "path":
		return `Relative paths start from the configuration's folder: write file("x.txt").`
	case "self":
		return "Only a policy speaks of self. Name the block: template.NAME."
	case "terraform":
		return "There are no workspaces: a configuration has one state. Make what differs a variable."
	}
	return ""
}

// otherFunctions are functions of Terraform's that do not exist here, with what to write instead.
var otherFunctions = map[string]string{
	"abspath":        pathsStart,
	"defaults":       "Write optional(TYPE, DEFAULT) in the variable's type.",
	"env":            "What a file for templatefile needs of the environment is given to it as a value.",
	"filebase64":     filesAreKnown,
	"fileexists":     `Write can(file("PATH")).`,
	"filemd5":        filesAreKnown,
	"filesha256":     filesAreKnown,
	"list":           "Write [ … ].",
	"map":            "Write { … }.",
	"matchkeys":      "Write [for i, k in KEYS : VALUES[i] if contains(SEARCH, k)].",
	"pathexpand":     pathsStart,
	"plantimestamp":  differs,
	"templatefile":   "A file that templatefile fills in cannot call it again.",
	"templatestring": "Write the text itself, with ${…} in it, or put it into a file for templatefile.",
	"timestamp":      differs,
	"uuid":           differs,
}

const (
	differs       = "It would give something else at each run, and a plan is the same twice. Make it a variable."
	pathsStart    = "Relative paths start from the configuration's folder, and lead nowhere else."
	filesAreKnown = "Files are staged by an attachment, which knows them by what is in them."
)

// OtherFunction says, in what HCL says of an unknown function, what to write for it; false where that is not known.
func OtherFunction(d *hcl.Diagnostic) bool {
	call, is := d.Expression.(*hclsyntax.FunctionCallExpr)
	if !is || d.Summary != "Call to unknown function" || otherFunctions[call.Name] == "" {
		return false
	}
	said, _, _ := strings.Cut(d.Detail, " Did you mean")
	d.Detail = said + " " + otherFunctions[call.Name]
	return true
}

// misplaced advises on a name that a body does not know: what to write instead, the nearest name, or all names. near is
// the name that it most likely stands for, "" where none is close.
func misplaced(name string, s *hcl.BodySchema) (advice, near string) {
	var arguments, blocks []string
	for _, a := range s.Attributes {
		arguments = append(arguments, a.Name)
	}
	for _, b := range s.Blocks {
		blocks = append(blocks, b.Type)
	}
	if advice := habits[name]; advice != "" {
		return advice, ""
	}
	all := slices.Concat(arguments, blocks)
	if slices.Contains(blocks, name) {
		return "It is a block here: write " + name + " { … } without =.", name
	}
	if slices.Contains(arguments, name) {
		return "It is an argument here: write " + name + " = VALUE.", name
	}
	if meant := nearby.Name(name, all); meant != "" {
		return fmt.Sprintf("Did you mean %q?", meant), meant
	}
	slices.Sort(arguments)
	slices.Sort(blocks)
	switch {
	case len(all) == 0:
		return "Nothing of this kind can stand here; remove it.", ""
	case len(arguments) == 0:
		return "What can stand here: the blocks " + words.And(blocks) + ".", ""
	case len(blocks) == 0:
		return "What can stand here: " + strings.Join(arguments, ", ") + ".", ""
	case len(blocks) == 1:
		return "What can stand here: " + strings.Join(arguments, ", ") + "; the block " + blocks[0] + ".", ""
	}
	return "What can stand here: " + strings.Join(arguments, ", ") + "; the blocks " + words.And(blocks) + ".", ""
}
