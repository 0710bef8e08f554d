package forms

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
	"weaker_than":         true,
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
}

// The forms refuse each golden of view once it has another key anywhere, or lacks one, or has a word that is none.
func TestFormsRefuseWhatIsNotOfThem(t *testing.T) {
	for pattern, form := range map[string]string{"plan/*.json": "plan", "state*.json": "state",
		"diagnostics/*.json": "validate", "explain/*.json": "explain", "tests.json": "test",
		"coverage.json": "coverage"} {
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
			spoil(t, text, func(what string, doc []byte) {
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
func spoil(t *testing.T, text []byte, each func(what string, doc []byte)) {
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
				if !optional[key] && !named {
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
	walk("", doc)
}

// Each key of each form has a line about it.
func TestFormsDescribeEachKey(t *testing.T) {
	paths, err := filepath.Glob("*.schema.json")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var form map[string]any
		if err := json.Unmarshal(text, &form); err != nil {
			t.Fatal(err)
		}
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
					p, isForm := p.(map[string]any)
					if closed := v["additionalProperties"] == false; closed && isForm && p["description"] == nil &&
						p["$ref"] == nil {
						t.Errorf("%s%s/%s has no description", path, at, key)
					}
				}
				for key, w := range v {
					walk(at+"/"+key, w)
				}
			}
		}
		walk("", form)
	}
}
