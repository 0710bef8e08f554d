// Package wire is how the drive writes templates and approvals: the JSON of sections 1, 2, 6 and 8, read into values of
// the schema and written from them. Who reads takes every shape that a drive has been seen to write; who writes keeps
// what is not understood. It makes no call.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/providers/jsontext"
	"countersign/schema"
	"countersign/schema/spelling"
)

// The numbers of the wire, by the words of the model (section 1 and 2).
var (
	PassRules = map[int64]schema.PassRule{1: schema.RuleAll, 2: schema.RuleAny, 3: schema.RuleAtLeast,
		4: schema.RuleDesignated}
	accesses = map[int64]schema.Access{0: schema.AccessNone, 1: schema.AccessPreview, 2: schema.AccessDownload}
	Extents  = map[int64]schema.AppliesTo{0: schema.AppliesToAny, 1: schema.AppliesToFolders, 2: schema.AppliesToFiles}
)

// Meaning reads a number that stands for a word; null is 0.
func Meaning[W ~string](v jsontext.Value, words map[int64]W) (W, error) {
	if v == "" {
		return "", errors.New("is missing")
	}
	n, err := v.Number()
	if err != nil {
		return "", err
	}
	w, ok := words[n]
	if !ok {
		return "", fmt.Errorf("is %d, which the interface document does not name", n)
	}
	return w, nil
}

// Code is the number that stands for a word.
func Code[W ~string](w W, words map[int64]W) (int, bool) {
	for n, x := range words {
		if x == w {
			return int(n), true
		}
	}
	return 0, false
}

// access reads a right that a field grants, "" where it is missing.
func access(f *jsontext.Fields, key string) schema.Access {
	if f.Get(key) == "" {
		return ""
	}
	a, err := Meaning(f.Get(key), accesses)
	f.Note(key, err)
	return a
}

// ReadContent reads a template's content (section 1): all that a template says but for what it applies to. The
// template shares the memory of v.
func ReadContent(v jsontext.Value, known People) (schema.Template, error) {
	var t schema.Template
	if !v.Is('{') {
		return t, fmt.Errorf("is %s, not an object", v.Shown())
	}
	f := jsontext.Fields{Object: v.Object()}
	t.Title, t.Description = f.Get("title").Words(), f.Get("desc").Words()
	t.ApproverAccess, t.CCAccess = access(&f, "approverAuth"), access(&f, "ccAuth")
	var err error
	t.ApprovalType, err = ReadTypeID(f.Get("approvalType"))
	f.Note("approvalType", err)
	list, err := f.Get("step").List()
	f.Note("step", err)
	if f.Err != nil {
		return t, f.Err
	}
	t.Steps = make([]schema.Step, len(list))
	for i, v := range list {
		if t.Steps[i], err = readStep(v, known); err != nil {
			return t, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	ids, err := ReadIDs(f.Get("uids"))
	if err != nil {
		return t, fmt.Errorf("uids: %w", err)
	}
	for _, id := range ids {
		t.CC = append(t.CC, known.complete(schema.Person{ID: id}))
	}
	return t, nil
}

// ReadTypeID reads the id of an approval type, which is a string here and a number there.
func ReadTypeID(v jsontext.Value) (string, error) {
	if n, ok, err := v.Integer(); err == nil && ok {
		return strconv.FormatInt(n, 10), nil
	}
	if v.Is('{') || v.Is('[') {
		return "", fmt.Errorf("is %s, not an id", v.Shown())
	}
	return v.Words(), nil
}

func readStep(v jsontext.Value, known People) (schema.Step, error) {
	var s schema.Step
	if !v.Is('{') {
		return s, fmt.Errorf("it is %s, not an object", v.Shown())
	}
	o := v.Object()
	s.Name = o.Get("name").Words()
	list, err := ReadIDs(o.Get("ids"))
	if err != nil {
		return s, fmt.Errorf("ids: %w", err)
	}
	s.Approvers = make([]schema.Person, len(list))
	for i, id := range list {
		s.Approvers[i].ID = id
	}
	name := func(key string, field func(*schema.Person) *string) {
		i := 0
		for name := range o.Get(key).Elements() {
			if i == len(list) { // more names than ids: what is too much is nobody's
				break
			}
			*field(&s.Approvers[i]) = name.Words()
			i++
		}
	}
	name("usernames", func(p *schema.Person) *string { return &p.Username })
	name("realnames", func(p *schema.Person) *string { return &p.Realname })
	for i, p := range s.Approvers {
		s.Approvers[i] = known.complete(p)
	}

	rule := o.Get("type")
	if rule.None() {
		return s, fmt.Errorf("type is missing")
	}
	if s.Rule, err = Meaning(rule, PassRules); err != nil {
		return s, fmt.Errorf("type %w", err)
	}
	if s.Rule == schema.RuleAtLeast {
		n, err := o.Get("approvalNum").Number()
		if err != nil {
			return s, fmt.Errorf("approvalNum %w", err)
		}
		if n < 0 || n > 1<<30 {
			return s, fmt.Errorf("approvalNum is %d, and no step has more approvers than that", n)
		}
		s.MinApprovals = int(n) + 1 // "more than n agree"
	}
	return s, nil
}

// ReadIDs reads a list of ids; nothing there is an empty one.
func ReadIDs(v jsontext.Value) ([]int64, error) {
	if v.None() {
		return nil, nil
	}
	if !v.Is('[') {
		return nil, fmt.Errorf("it is %s, not a list", v.Shown())
	}
	ids := make([]int64, 0, 4)
	for e := range v.Elements() {
		id, err := e.ID()
		if err != nil {
			return nil, fmt.Errorf("an id %w", err)
		}
		if len(ids) == jsontext.MostEntries {
			return nil, fmt.Errorf("there are more than %d ids", jsontext.MostEntries)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Content is a content as it is written, its keys those of the document's example in that order.
type Content struct {
	ApprovalType string  `json:"approvalType"`
	ApproverAuth int     `json:"approverAuth"`
	CCAuth       int     `json:"ccAuth"`
	Desc         string  `json:"desc"`
	DestFolderID int     `json:"destFolderId"` // not used by the drive yet
	Mark         bool    `json:"mark"`         // not used by the drive yet
	Step         []Step  `json:"step"`
	Title        string  `json:"title"`
	UIDs         []int64 `json:"uids"`
}

// Step is a step of a Content.
type Step struct {
	ApprovalNum int      `json:"approvalNum"`
	IDs         []string `json:"ids"`
	Name        string   `json:"name"`
	Realnames   []string `json:"realnames"`
	Type        int      `json:"type"`
	Usernames   []string `json:"usernames"`
}

// OfTemplate is a template in the drive's terms. Its errors are all that keeps it from being written.
func OfTemplate(t schema.Template) (w Content, mType int, errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	var ok bool
	if mType, ok = Code(t.AppliesTo, Extents); !ok {
		bad("applies_to is %q", t.AppliesTo)
	}
	w = Content{ApprovalType: t.ApprovalType, Desc: t.Description, Title: t.Title, Step: []Step{},
		UIDs: []int64{}}
	if w.ApproverAuth, ok = Code(t.ApproverAccess, accesses); !ok {
		bad("approver_access is %q", t.ApproverAccess)
	}
	if w.CCAuth, ok = Code(t.CCAccess, accesses); !ok {
		bad("the access of cc is %q", t.CCAccess)
	}
	if t.Title == "" {
		bad("it has no title")
	}
	if t.ApprovalType == "" {
		bad("it has no approval_type")
	}
	if len(t.Steps) == 0 {
		bad("it has no step")
	}
	for i, s := range t.Steps {
		at := fmt.Sprintf("step %d (%s)", i+1, s.Name)
		x := Step{Name: s.Name, IDs: []string{}, Realnames: []string{}, Usernames: []string{}}
		if x.Type, ok = Code(s.Rule, PassRules); !ok {
			bad("%s has the rule %q", at, s.Rule)
		}
		if s.Rule == schema.RuleAtLeast {
			if s.MinApprovals < 1 {
				bad("%s: min_approvals is %d", at, s.MinApprovals)
			}
			x.ApprovalNum = s.MinApprovals - 1
		}
		if len(s.Approvers) == 0 {
			bad("%s has no approvers", at)
		}
		for _, p := range s.Approvers {
			switch {
			case p.ID <= 0:
				bad("%s: approver %q has no id", at, p.Username+p.Realname)
			case p.Username == "":
				bad("%s: approver %d has no username", at, p.ID)
			case p.Realname == "":
				bad("%s: approver %d (%s) has no realname", at, p.ID, p.Username)
			}
			x.IDs = append(x.IDs, strconv.FormatInt(p.ID, 10))
			x.Usernames = append(x.Usernames, p.Username)
			x.Realnames = append(x.Realnames, p.Realname)
		}
		w.Step = append(w.Step, x)
	}
	for _, p := range t.CC {
		if p.ID <= 0 {
			bad("cc: %q has no id", p.Username+p.Realname)
		}
		w.UIDs = append(w.UIDs, p.ID)
	}
	return w, mType, errs
}

// WriteContent is the content as text, with what old says beyond it: fields that are not understood here, of the
// template and of the steps that are still the same ones, and the two that the drive does not use yet.
func WriteContent(w Content, old jsontext.Value) (string, error) {
	if old == "" {
		return Encode(w)
	}
	var oldSteps []jsontext.Value
	merged := map[string]json.RawMessage{}
	for key, v := range old.Members() {
		merged[key] = json.RawMessage(v)
		if key == "step" {
			oldSteps = slices.Collect(v.Elements())
		}
	}
	text, err := Encode(w)
	if err != nil {
		return "", err
	}
	for key, v := range jsontext.Value(text).Members() {
		if _, there := merged[key]; !there || key != "destFolderId" && key != "mark" {
			merged[key] = json.RawMessage(v)
		}
	}
	steps := make([]map[string]json.RawMessage, len(w.Step))
	same := sameSteps(w.Step, oldSteps)
	for i, s := range w.Step {
		steps[i] = map[string]json.RawMessage{}
		if same[i] >= 0 {
			for key, v := range oldSteps[same[i]].Members() {
				steps[i][key] = json.RawMessage(v)
			}
		}
		text, err := Encode(s)
		if err != nil {
			return "", err
		}
		for key, v := range jsontext.Value(text).Members() {
			steps[i][key] = json.RawMessage(v)
		}
	}
	text, err = Encode(steps)
	if err != nil {
		return "", err
	}
	merged["step"] = json.RawMessage(text)
	return Encode(merged)
}

// sameSteps finds for each step its place among the old ones, or -1: the one of the same name, or else the one in
// the same place with some of the same people in it.
func sameSteps(steps []Step, old []jsontext.Value) []int {
	names := make([]string, len(old))
	ids := make([][]string, len(old))
	for i, v := range old {
		o := v.Object()
		names[i] = strings.TrimSpace(o.Get("name").Words())
		for id := range o.Get("ids").Elements() {
			ids[i] = append(ids[i], strings.TrimSpace(id.Words()))
		}
	}
	same := make([]int, len(steps))
	taken := make([]bool, len(old))
	take := func(i, j int) { same[i], taken[j] = j, true }
	for i := range steps {
		same[i] = -1
		if i < len(old) && spelling.Same(names[i], steps[i].Name) {
			take(i, i) // of several of one name the one that kept its place
		}
	}
	for i, s := range steps {
		for j := 0; same[i] < 0 && j < len(old); j++ {
			if !taken[j] && spelling.Same(names[j], s.Name) {
				take(i, j)
			}
		}
	}
	for i, s := range steps {
		if same[i] < 0 && i < len(old) && !taken[i] && slices.ContainsFunc(s.IDs,
			func(id string) bool { return slices.Contains(ids[i], id) }) {
			take(i, i)
		}
	}
	return same
}

// Encode is JSON on one line with <, > and & as they are.
func Encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimRight(b.String(), "\n"), err
}
