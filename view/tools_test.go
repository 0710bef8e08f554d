package view

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

// What tfcmt and Atlantis look for in a plan, as they spell it.
var (
	tfcmtPass    = regexp.MustCompile(`(?m)^(Plan: \d|No changes.)`)
	tfcmtOutputs = regexp.MustCompile(`(?m)^Changes to Outputs:`)
	tfcmtCreate  = regexp.MustCompile(`(?m)^ *# (.*) will be created$`)
	tfcmtUpdate  = regexp.MustCompile(`(?m)^ *# (.*) will be updated in-place$`)
	tfcmtDelete  = regexp.MustCompile(`(?m)^ *# (.*) will be destroyed$`)
	tfcmtReplace = regexp.MustCompile(`(?m)^ *# (.*?)(?: is tainted, so)? must be replaced$`)
	tfcmtImport  = regexp.MustCompile(`(?m)^ *# (.*?) will be imported$`)
	tfcmtFrom    = regexp.MustCompile(`(?m)^ *# .* will be updated in-place\n *# \(imported from (.*?)\)$`)
	tfcmtFail    = regexp.MustCompile(`(?m)^([│|] )?(Error: )`)
	atlantisPlan = regexp.MustCompile(`Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy.`)
	atlantisNone = regexp.MustCompile(`No changes. (Infrastructure is up-to-date|Your infrastructure matches the configuration).`)
)

func TestToolsReadPlans(t *testing.T) {
	all := plans()
	render := func(name string) string {
		var b bytes.Buffer
		if err := Plan(&b, all[name], Settings{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	addresses := func(re *regexp.Regexp, text string) string {
		var out []string
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		plan string
		re   *regexp.Regexp
		want string
	}{
		{"create", tfcmtCreate, "template.modify"},
		{"update-fields", tfcmtUpdate, "template.modify"},
		{"for-each", tfcmtUpdate, `template.upload["研发部"] template.upload["法务部"] template.upload["财务部"]`},
		{"destroy", tfcmtDelete, `template.old template.stale (deposed object 8) unmanaged.template["12"]`},
		{"replace", tfcmtReplace, "template.modify"},
		{"import", tfcmtImport, "template.modify"},
		{"import", tfcmtFrom, `"5"`},
		// what is not done must not count as done
		{"held-back", tfcmtDelete, ""},
		{"refused", tfcmtCreate, ""},
		{"unmanaged", tfcmtDelete, ""},
		{"drift", tfcmtDelete, ""},
	} {
		if got := addresses(c.re, render(c.plan)); got != c.want {
			t.Errorf("%s: %s found %s, want %s", c.plan, c.re, got, c.want)
		}
	}
	for name := range all {
		text := render(name)
		if tfcmtFail.MatchString(text) {
			t.Errorf("%s: tfcmt takes it for an error", name)
		}
		if len(tfcmtPass.FindAllString(text, -1)) != 1 {
			t.Errorf("%s: not one line with the result", name)
		}
		if atlantisPlan.MatchString(text) == strings.Contains("\n"+text, "\nNo changes.") {
			t.Errorf("%s: Atlantis finds both or neither", name)
		}
		if tfcmtOutputs.MatchString(text) && all[name].Counts() != (reconcile.Counts{}) {
			t.Errorf("%s: tfcmt would say that only outputs change", name)
		}
	}
	if !atlantisNone.MatchString(render("nothing")) {
		t.Error("Atlantis does not see that nothing changes")
	}
}

// A policy engine such as conftest walks resource_changes; GitLab's widget counts its actions.
func TestToolsReadPlanJSON(t *testing.T) {
	type document struct {
		FormatVersion   string `json:"format_version"`
		ResourceChanges []struct {
			Address, Mode, Type, Name string
			Index                     any
			Change                    struct {
				Actions   []string
				Before    map[string]any
				After     map[string]any
				Importing *struct{ ID string }
			}
			ActionReason string `json:"action_reason"`
		} `json:"resource_changes"`
		OutputChanges map[string]struct {
			Before, After  any
			AfterSensitive any `json:"after_sensitive"`
		} `json:"output_changes"`
		Timestamp any
	}
	all := plans()
	read := func(name string) document {
		doc, err := PlanJSON(all[name])
		if err != nil {
			t.Fatal(err)
		}
		var d document
		if err := json.Unmarshal(doc, &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, want := range map[string]string{
		"create": "create", "update-fields": "update", "replace": "create,delete", "forget": "forget", "nothing": "no-op",
		"destroy": "delete delete delete", "import": "no-op update",
	} {
		var got []string
		for _, c := range read(name).ResourceChanges {
			got = append(got, strings.Join(c.Change.Actions, ","))
			if c.Mode != "managed" || c.Type != "template" || c.Name == "" {
				t.Errorf("%s: mode %q, type %q, name %q", name, c.Mode, c.Type, c.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: actions %v, want %s", name, got, want)
		}
	}
	if got := read("for-each").ResourceChanges[0]; got.Name != "upload" || got.Index != "研发部" {
		t.Errorf("name %q, index %v", got.Name, got.Index)
	}
	if got := read("for-each").ResourceChanges[3].ActionReason; got != "delete_because_each_key" {
		t.Errorf("action_reason %q", got)
	}
	if got := read("outputs").OutputChanges["secret"]; got.Before != nil || got.After != nil ||
		got.AfterSensitive != true {
		t.Errorf("a sensitive output is told: %+v", got)
	}
	for name, p := range all {
		a, _ := PlanJSON(p)
		b, _ := PlanJSON(plans()[name])
		if !bytes.Equal(a, b) {
			t.Errorf("%s: the same plan is not the same bytes", name)
		}
	}
}

// Three hundred alike instances are told once, with a line for each that tools find.
func TestHundredsOfChangesStayReadable(t *testing.T) {
	var list []reconcile.Change
	for i := range 300 {
		key := string(rune('一' + i))
		list = append(list, reconcile.Change{Address: addr.Of("template.upload").Instance(key),
			Action: reconcile.Create,
			Place: reconcile.Place{Address: addr.Of("folder.d").Instance(key), Kind: schema.ScopeFolder,
				ID: int64(i + 1)}, After: upload(li, wang)})
	}
	var b bytes.Buffer
	if err := Plan(&b, planOf(list...), Settings{}); err != nil {
		t.Fatal(err)
	}
	if n := len(tfcmtCreate.FindAllString(b.String(), -1)); n != 300 {
		t.Errorf("%d addresses are told", n)
	}
	if n := strings.Count(b.String(), "step 1 of 1"); n != 1 {
		t.Errorf("the step is told %d times", n)
	}
}

func TestResourceOf(t *testing.T) {
	for address, want := range map[string]jsonResource{
		"template.modify": {Resource: "template.modify", ResourceType: "template",
			ResourceName: "modify"},
		`template.upload["legal"]`: {Resource: `template.upload["legal"]`, ResourceType: "template",
			ResourceName: "upload", ResourceKey: json.RawMessage(`"legal"`)},
		`template.upload["a.b[\"c\"]"]`: {Resource: `template.upload["a.b[\"c\"]"]`, ResourceType: "template",
			ResourceName: "upload", ResourceKey: json.RawMessage(`"a.b[\"c\"]"`)},
		`unmanaged.template["9"]`: {Resource: `unmanaged.template["9"]`, ResourceType: "template",
			ResourceName: "template", ResourceKey: json.RawMessage(`"9"`)},
		`module.a.module.b["x"].template.modify`: {Module: `module.a.module.b["x"]`, Resource: "template.modify",
			ResourceType: "template", ResourceName: "modify"},
		"attachment.x": {Resource: "attachment.x", ResourceType: "attachment",
			ResourceName: "x"},
		"odd": {Resource: "odd", ResourceType: "template", ResourceName: "odd"},
		"":    {ResourceType: "template"},
	} {
		want.Addr, want.ImpliedProvider = addr.Of(address), providerName
		if want.ResourceKey == nil {
			want.ResourceKey = json.RawMessage("null")
		}
		if got := resourceOf(addr.Of(address)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", address, got, want)
		}
	}
}
