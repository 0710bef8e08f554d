package forms

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// optional are keys that a document is of its form without.
var optional = map[string]bool{
	"access_changes":      true,
	"self_approval":       true,
	"in_flight":           true,
	"module_address":      true,
	"index":               true,
	"deposed":             true,
	"action_reason":       true,
	"unmanaged":           true,
	"edited":              true,
	"steps":               true,
	"staging":             true,
	"replace_paths":       true,
	"importing":           true,
	"at":                  true,
	"username":            true,
	"realname":            true,
	"address":             true,
	"kind":                true,
	"path":                true,
	"id":                  true,
	"approval_type_id":    true,
	"range":               true,
	"coverage":            true,
	"outcome":             true,
	"why":                 true,
	"edit":                true,
	"user":                true,
	"step":                true,
	"snippet":             true,
	"user_id":             true,
	"union_id":            true,
	"folder_id":           true,
	"on_conflict":         true,
	"drive":               true,
	"dingtalk":            true,
	"form_value":          true,
	"files":               true,
	"countersign_version": true,
	"type":                true,
	"prevent_destroy":     true,
	"deposed_key":         true,
	"interim_title":       true,
	"by":                  true,
	"subject":             true,
	"instance_key":        true,
	"problems":            true,
	"folder":              true,
	"excepted":            true,
	"code":                true,
	"rule":                true,
	"flows":               true,
	"weaker_than":         true,
}

// optionalIn are those of one form alone.
var optionalIn = map[string][]string{
	"approval": {
		"template_id", "title", "status", "approval_type", "file_id", "description", "creator", "note", "days",
		"created", "ended", "failure", "attachment", "approver_access", "cc", "cc_access", "multiple", "size",
		"name", "rule", "min_approvals",
		"designated", "decision", "decided", "parts",
	},
	"replay": {"template_id", "template", "created"},
}

// words are keys whose values are words of a list.
var words = map[string]bool{
	"severity":        true,
	"mode":            true,
	"kind":            true,
	"applies_to":      true,
	"require":         true,
	"access":          true,
	"approver_access": true,
	"action_reason":   true,
	"provider_name":   true,
	"format_version":  true,
	"on_conflict":     true,
	"type":            true,
	"keeps":           true,
	"outcome":         true,
	"step_outcome":    true,
	"edit":            true,
	"state":           true,
	"on":              true,
	"lost":            true,
	"obstacle":        true,
	"was":             true,
	"now":             true,
}

// The forms refuse each golden of view once it has another key anywhere, or lacks one, or has a word that is none.
func TestFormsRefuseWhatIsNotOfThem(t *testing.T) {
	for pattern, form := range map[string]string{"plan/*.json": "plan", "state*.json": "state",
		"diagnostics/*.json": "validate", "explain/*.json": "explain", "tests.json": "test",
		"coverage.json": "coverage", "replay.json": "replay", "approval/*.json": "approval", "staged/*.json": "stage",
		"outputs.json": "output"} {
		paths, err := filepath.Glob(filepath.Join("../../view/json/testdata", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := Check(form, text); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			spoil(t, form, text, func(what string, doc []byte) {
				if Check(form, doc) == nil {
					t.Errorf("%s is of its form with %s", path, what)
				}
			})
		}
	}
}

// The same of lines.
func TestFormRefusesLinesThatAreNotOfIt(t *testing.T) {
	for _, file := range []string{"lines.jsonl", "lines-attachments.jsonl"} {
		text, err := os.ReadFile(filepath.Join("../../view/json/testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if err := Check("event", []byte(line)); err != nil {
				t.Errorf("%s: %v\n%s", file, err, line)
			}
			var doc map[string]any
			if err := json.Unmarshal([]byte(line), &doc); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"new", "@level", "@message", "@module", "@timestamp", "type"} {
				was, there := doc[key]
				if delete(doc, key); !there {
					doc[key] = 1
				}
				wrong, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				if Check("event", wrong) == nil {
					t.Errorf("%s is of its form", wrong)
				}
				if delete(doc, key); there {
					doc[key] = was
				}
			}
		}
	}
}

// spoil gives a document back once for each way to spoil it, and what that is.
func spoil(t *testing.T, form string, text []byte, each func(what string, doc []byte)) {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	now := func(what string) {
		wrong, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		each(what, wrong)
	}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case []any:
			for i := range v {
				walk(fmt.Sprint(at, "/", i), v[i])
			}
		case map[string]any:
			v["undocumented"] = 1
			now(at + "/undocumented")
			delete(v, "undocumented")
			free := strings.Contains(at, "/outputs/") ||
				strings.HasPrefix(at, "/output_changes/") // values of any type below
			named := strings.HasSuffix(at, "/outputs") || strings.HasSuffix(at, "/output_changes")
			for key, was := range v {
				at := at + "/" + key
				if !optional[key] && !slices.Contains(optionalIn[form], key) && !named {
					delete(v, key)
					now("no " + at)
				}
				if words[key] && !free {
					v[key] = "nonsense"
					now("nonsense as " + at)
				}
				v[key] = was
				if !free {
					walk(at, was)
				}
			}
		}
	}
	at := ""
	if form == "output" { // its keys are names
		at = "/outputs"
	}
	walk(at, doc)
}

// mayBeEmpty are the keys that may hold an empty text or a number below 1, and what that says. No other may: what is
// not known is absent or null.
var mayBeEmpty = map[string]string{
	"index":                  "for_each has the key \"\"",
	"instance_key":           "for_each has the key \"\"",
	"title":                  "the drive has a template without one",
	"description":            "nobody wrote any",
	"name":                   "the drive has a step without one",
	"module":                 "the root, as in Terraform",
	"resource_key":           "for_each has the key \"\"",
	"detail":                 "the summary says all, as in Terraform",
	"code":                   "an empty line",
	"extension":              "the name has none",
	"id":                     "of a person: whatever number the drive has",
	"user":                   "whatever number the drive has",
	"import":                 "a count",
	"add":                    "a count",
	"change":                 "a count",
	"destroy":                "a count",
	"remove":                 "a count",
	"forget":                 "a count",
	"passed":                 "a count",
	"failed":                 "a count",
	"covered":                "a count",
	"all":                    "a count",
	"undecided":              "a count",
	"error_count":            "a count",
	"warning_count":          "a count",
	"size":                   "an empty file",
	"bytes":                  "nothing is sent",
	"elapsed_seconds":        "less than one",
	"current_step":           "the first",
	"from":                   "the first",
	"to":                     "the first",
	"byte":                   "the first",
	"highlight_start_offset": "the first",
	"highlight_end_offset":   "the first",
	"bus_factor":             "nobody may leave; -1: it cannot pass with all of them",
	"path":                   "the top of the drive has none",
	"open":                   "a count",
	"same":                   "a count",
	"not_looked_at":          "a count",
	"needs":                  "a count",
	"folders":                "a count",
	"not_looked_into":        "a count",
	"none":                   "a count",
	"weak":                   "a count",
	"unknown":                "a count",
}

// mayBeEmptyList are the keys that may hold an empty list, and what that says. No other may: a list that is not known
// is absent or null.
var mayBeEmptyList = map[string]string{
	"steps":            "an approval has none",
	"step":             "a template has none, so nothing raised from it can pass",
	"approvers":        "a step asks nobody",
	"parts":            "a step asks nobody",
	"cc":               "nobody",
	"users":            "nobody",
	"waiting_for":      "the approval is over",
	"raised_by":        "none is open",
	"before":           "nobody could",
	"after":            "nobody can",
	"opens":            "it passes without anybody",
	"closes":           "it passed without anybody",
	"minimal":          "it can never pass",
	"alone":            "nobody can",
	"in_every":         "nobody is needed always",
	"impossible":       "no template",
	"possible":         "no template",
	"never":            "no template",
	"templates":        "none is in force, or too weak",
	"not_applied":      "all that is declared is on the drive",
	"gaps":             "there is none among what is known; what is not known is counted",
	"unread":           "all could be read",
	"unmet_templates":  "all were met",
	"resource_changes": "nothing is declared, and nothing is bound",
	"resource_drift":   "nothing was edited by hand of what was looked at: see targets",
	"checks":           "no policy was held against it",
	"instances":        "the policy matches nothing",
	"targets":          "the plan looks at everything",
	"unmanaged":        "none is, where the configuration asks for them",
	"held_back":        "none is",
	"refused":          "none is; nobody refused",
	"missing":          "nobody is",
	"stays":            "the plan leaves nothing of it",
	"diagnostics":      "there is nothing to say",
	"values":           "there are no references",
	"files":            "an interrupted run has staged none yet; the attachment consists of e-sign flows",
	"flows":            "the attachment consists of files",
	"preview":          "none",
	"link":             "none",
	"dingtalk":         "nothing is to be staged there",
	"forgets":          "nothing is forgotten",
	"otherwise":        "none would have ended otherwise",
	"not_replayed":     "all were replayed",
	"resources":        "nothing has been applied yet",
	"tests":            "there are none",
	"trace":            "nobody decides in the test",
}

// No key of any form is empty or 0, or a list without entries, where that would say that something is not known; and
// where one may be null, its line says what that means. No entry of the tables is there for nothing.
func TestEmptyMeansSomething(t *testing.T) {
	used := map[string]bool{}
	means := func(where, key, what string, table map[string]string) {
		used[key] = true
		if table[key] == "" {
			t.Errorf("%s may be %s, and nothing says what that means", where, what)
		}
	}
	eachProperty(t, func(where, key string, p map[string]any) {
		for _, v := range variants(t, where, p) {
			types, _ := v["type"].([]any)
			if one, ok := v["type"].(string); ok {
				types = []any{one}
			}
			given := func(words ...string) bool {
				return slices.ContainsFunc(words, func(w string) bool { return v[w] != nil })
			}
			least, _ := v["minimum"].(float64)
			number := slices.Contains(types, any("integer")) || slices.Contains(types, any("number"))
			text := slices.Contains(types, any("string")) && !given("minLength", "enum", "pattern", "const", "format")
			if text || number && least < 1 {
				means(where, key, "empty or 0", mayBeEmpty)
			}
			if slices.Contains(types, any("array")) && !given("minItems") {
				means(where, key, "an empty list", mayBeEmptyList)
			}
			about, _ := p["description"].(string)
			if slices.Contains(types, any("null")) && !strings.Contains(strings.ToLower(about), "null") {
				t.Errorf("%s may be null, and its description does not say what that means", where)
			}
		}
	})
	for _, table := range []map[string]string{mayBeEmpty, mayBeEmptyList} {
		for key := range table {
			if !used[key] {
				t.Errorf("no key %s may be empty any more", key)
			}
		}
	}
}

// variants are the forms that a key's value may have: itself, what it refers to, and each of its choices.
func variants(t *testing.T, where string, p map[string]any) []map[string]any {
	t.Helper()
	out := []map[string]any{p}
	if ref, ok := p["$ref"].(string); ok {
		file, path, _ := strings.Cut(ref, "#/$defs/")
		if file == "" {
			file, _, _ = strings.Cut(where, "/")
		}
		defs, _ := readForm(t, file)["$defs"].(map[string]any)
		def, ok := defs[path].(map[string]any)
		if !ok {
			t.Fatalf("%s refers to %s, which is not there", where, ref)
		}
		out = append(out, variants(t, file, def)...)
	}
	for _, choice := range []string{"anyOf", "oneOf"} {
		list, _ := p[choice].([]any)
		for _, v := range list {
			out = append(out, variants(t, where, v.(map[string]any))...)
		}
	}
	return out
}

// Each key of each form has a line about it.
func TestFormsDescribeEachKey(t *testing.T) {
	eachProperty(t, func(where, _ string, p map[string]any) {
		if p["description"] == nil && p["$ref"] == nil {
			t.Errorf("%s has no description", where)
		}
	})
}

// eachProperty gives back every key that any closed object of any form may have.
func eachProperty(t *testing.T, each func(where, key string, p map[string]any)) {
	t.Helper()
	paths, err := filepath.Glob("*.schema.json")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		var walk func(at string, v any)
		walk = func(at string, v any) {
			switch v := v.(type) {
			case []any:
				for i := range v {
					walk(fmt.Sprint(at, "/", i), v[i])
				}
			case map[string]any:
				properties, _ := v["properties"].(map[string]any)
				for key, p := range properties {
					if p, isForm := p.(map[string]any); isForm && v["additionalProperties"] == false {
						each(path+at+"/"+key, key, p)
					}
				}
				for key, w := range v {
					walk(at+"/"+key, w)
				}
			}
		}
		walk("", readForm(t, path))
	}
}

func readForm(t *testing.T, path string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var form map[string]any
	if err := json.Unmarshal(text, &form); err != nil {
		t.Fatal(err)
	}
	return form
}
