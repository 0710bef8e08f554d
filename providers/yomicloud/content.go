package yomicloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/schema"
	"countersign/schema/spelling"
)

// The numbers of the wire, by the words of the model (section 1 and 2).
var (
	passRules = map[int64]schema.PassRule{1: schema.RuleAll, 2: schema.RuleAny, 3: schema.RuleAtLeast,
		4: schema.RuleDesignated}
	accesses = map[int64]schema.Access{0: schema.AccessNone, 1: schema.AccessPreview, 2: schema.AccessDownload}
	extents  = map[int64]schema.AppliesTo{0: schema.AppliesToAny, 1: schema.AppliesToFolders, 2: schema.AppliesToFiles}
)

// meaning reads a number that stands for a word.
func meaning[W ~string](v value, words map[int64]W) (W, error) {
	n, err := v.number()
	if err != nil {
		return "", err
	}
	w, ok := words[n]
	if !ok {
		return "", fmt.Errorf("is %d, which the interface document does not name", n)
	}
	return w, nil
}

// wire is the number that stands for a word.
func wire[W ~string](w W, words map[int64]W) (int, bool) {
	for n, x := range words {
		if x == w {
			return int(n), true
		}
	}
	return 0, false
}

// readContent reads a template's content (section 1): all that a template says but for what it applies to. The
// template shares the memory of v.
func readContent(v value, known people) (schema.Template, error) {
	var t schema.Template
	var steps, uids value
	if !v.is('{') {
		return t, fmt.Errorf("is %s, not an object", v.shown())
	}
	for key, v := range v.members() {
		var err error
		switch key {
		case "title":
			t.Title = v.words()
		case "desc":
			t.Description = v.words()
		case "approvalType":
			t.ApprovalType, err = readTypeID(v)
		case "approverAuth":
			t.ApproverAccess, err = meaning(v, accesses)
		case "ccAuth":
			t.CCAccess, err = meaning(v, accesses)
		case "step":
			steps = v
		case "uids":
			uids = v
		}
		if err != nil {
			return t, fmt.Errorf("%s %w", key, err)
		}
	}
	list, err := steps.list()
	if err != nil {
		return t, fmt.Errorf("step %w", err)
	}
	t.Steps = make([]schema.Step, len(list))
	for i, v := range list {
		if t.Steps[i], err = readStep(v, known); err != nil {
			return t, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	ids, err := readIDs(uids)
	if err != nil {
		return t, fmt.Errorf("uids: %w", err)
	}
	for _, id := range ids {
		t.CC = append(t.CC, known.complete(schema.Person{ID: id}))
	}
	return t, nil
}

// readTypeID reads the id of an approval type, which is a string here and a number there.
func readTypeID(v value) (string, error) {
	if n, ok, err := v.integer(); err == nil && ok {
		return strconv.FormatInt(n, 10), nil
	}
	if v.is('{') || v.is('[') {
		return "", fmt.Errorf("is %s, not an id", v.shown())
	}
	return v.words(), nil
}

func readStep(v value, known people) (schema.Step, error) {
	var s schema.Step
	var ids, usernames, realnames, rule, more value
	if !v.is('{') {
		return s, fmt.Errorf("it is %s, not an object", v.shown())
	}
	for key, v := range v.members() {
		switch key {
		case "name":
			s.Name = v.words()
		case "ids":
			ids = v
		case "usernames":
			usernames = v
		case "realnames":
			realnames = v
		case "type":
			rule = v
		case "approvalNum":
			more = v
		}
	}
	list, err := readIDs(ids)
	if err != nil {
		return s, fmt.Errorf("ids: %w", err)
	}
	s.Approvers = make([]schema.Person, len(list))
	for i, id := range list {
		s.Approvers[i].ID = id
	}
	// The lists of names should be as long as that of ids; a shorter one leaves names out, a longer one tells
	// nobody's.
	i := 0
	for name := range usernames.elements() {
		if i < len(list) {
			s.Approvers[i].Username = name.words()
		}
		i++
	}
	i = 0
	for name := range realnames.elements() {
		if i < len(list) {
			s.Approvers[i].Realname = name.words()
		}
		i++
	}
	for i, p := range s.Approvers {
		s.Approvers[i] = known.complete(p)
	}

	if rule.none() {
		return s, fmt.Errorf("type is missing")
	}
	if s.Rule, err = meaning(rule, passRules); err != nil {
		return s, fmt.Errorf("type %w", err)
	}
	if s.Rule == schema.RuleAtLeast {
		n, err := more.number()
		if err != nil {
			return s, fmt.Errorf("approvalNum %w", err)
		}
		if n < 0 || n > 1<<30 {
			return s, fmt.Errorf("approvalNum is %d, which no number of approvers can exceed in earnest", n)
		}
		s.MinApprovals = int(n) + 1 // "more than n agree"
	}
	return s, nil
}

func readIDs(v value) ([]int64, error) {
	if v.none() {
		return nil, nil
	}
	if !v.is('[') {
		return nil, fmt.Errorf("it is %s, not a list", v.shown())
	}
	ids := make([]int64, 0, 4)
	for e := range v.elements() {
		id, err := e.id()
		if err != nil {
			return nil, fmt.Errorf("an id %w", err)
		}
		if len(ids) == mostEntries {
			return nil, fmt.Errorf("there are more than %d ids", mostEntries)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// wireContent is a content as it is written, its keys those of the document's example in that order.
type wireContent struct {
	ApprovalType string     `json:"approvalType"`
	ApproverAuth int        `json:"approverAuth"`
	CCAuth       int        `json:"ccAuth"`
	Desc         string     `json:"desc"`
	DestFolderID int        `json:"destFolderId"` // not used by the drive yet
	Mark         bool       `json:"mark"`         // not used by the drive yet
	Step         []wireStep `json:"step"`
	Title        string     `json:"title"`
	UIDs         []int64    `json:"uids"`
}

type wireStep struct {
	ApprovalNum int      `json:"approvalNum"`
	IDs         []string `json:"ids"`
	Name        string   `json:"name"`
	Realnames   []string `json:"realnames"`
	Type        int      `json:"type"`
	Usernames   []string `json:"usernames"`
}

// toWire is a template in the drive's terms. Its errors are all that keeps it from being written.
func toWire(t schema.Template) (w wireContent, mType int, errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	var ok bool
	if mType, ok = wire(t.AppliesTo, extents); !ok {
		bad("applies_to is %q", t.AppliesTo)
	}
	w = wireContent{ApprovalType: t.ApprovalType, Desc: t.Description, Title: t.Title, Step: []wireStep{},
		UIDs: []int64{}}
	if w.ApproverAuth, ok = wire(t.ApproverAccess, accesses); !ok {
		bad("approver_access is %q", t.ApproverAccess)
	}
	if w.CCAuth, ok = wire(t.CCAccess, accesses); !ok {
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
		x := wireStep{Name: s.Name, IDs: []string{}, Realnames: []string{}, Usernames: []string{}}
		if x.Type, ok = wire(s.Rule, passRules); !ok {
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

// writeContent is the content as text, with what old says beyond it: fields that nobody here knows, of the
// template and of the steps that are still the same ones, and the two that the drive does not use yet.
func writeContent(w wireContent, old value) (string, error) {
	if old == "" {
		return encode(w)
	}
	var oldSteps []value
	merged := map[string]json.RawMessage{}
	for key, v := range old.members() {
		merged[key] = json.RawMessage(v)
		if key == "step" {
			oldSteps = slices.Collect(v.elements())
		}
	}
	text, err := encode(w)
	if err != nil {
		return "", err
	}
	for key, v := range value(text).members() {
		if _, there := merged[key]; !there || key != "destFolderId" && key != "mark" {
			merged[key] = json.RawMessage(v)
		}
	}
	steps := make([]map[string]json.RawMessage, len(w.Step))
	same := sameSteps(w.Step, oldSteps)
	for i, s := range w.Step {
		steps[i] = map[string]json.RawMessage{}
		if same[i] >= 0 {
			for key, v := range oldSteps[same[i]].members() {
				steps[i][key] = json.RawMessage(v)
			}
		}
		text, err := encode(s)
		if err != nil {
			return "", err
		}
		for key, v := range value(text).members() {
			steps[i][key] = json.RawMessage(v)
		}
	}
	text, err = encode(steps)
	if err != nil {
		return "", err
	}
	merged["step"] = json.RawMessage(text)
	return encode(merged)
}

// sameSteps finds for each step its place among the old ones, or -1: the one of the same name, or else the one in
// the same place with some of the same people in it.
func sameSteps(steps []wireStep, old []value) []int {
	names := make([]string, len(old))
	ids := make([][]string, len(old))
	for i, v := range old {
		for key, v := range v.members() {
			switch key {
			case "name":
				names[i] = strings.TrimSpace(v.words())
			case "ids":
				for id := range v.elements() {
					ids[i] = append(ids[i], strings.TrimSpace(id.words()))
				}
			}
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

// encode is JSON on one line with <, > and & as they are.
func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimRight(b.String(), "\n"), err
}
