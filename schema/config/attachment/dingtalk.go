package attachment

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// dingtalkBlock is an attachment's dingtalk block.
type dingtalkBlock struct {
	structure.Attributes
	At    hcl.Range
	inner []structure.Inner
}

// innerSchemas are those of the blocks in it.
var innerSchemas = structure.InnerSchemas{Of: map[string]*hcl.BodySchema{
	"preview": {Attributes: []hcl.AttributeSchema{{Name: "user_id", Required: true},
		{Name: "process_instance_id", Required: true}}},
	"link": {Attributes: []hcl.AttributeSchema{{Name: "conversation_id", Required: true}}},
}}

// DingTalkSchema is what the dingtalk block may hold.
var DingTalkSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "user_id", Required: true}, {Name: "union_id", Required: true},
		{Name: "folder_id"}, {Name: "on_conflict"}},
	Blocks: innerSchemas.Headers(),
}

// rootFolder is the folder of DingTalk's approval space in which all others lie.
const rootFolder = "0"

var conflictWords = []string{string(schema.ConflictRename), string(schema.ConflictOverwrite),
	string(schema.ConflictReuse), string(schema.ConflictFail)}

func decodeDingTalk(b *hcl.Block, diags *hcl.Diagnostics) *dingtalkBlock {
	c := structure.Content(b.Body, DingTalkSchema, diags)
	d := &dingtalkBlock{Attributes: c.Attributes, At: b.DefRange}
	d.inner, _ = c.Inner(innerSchemas, diags)
	return d
}

// bind notes what the block refers to.
func (d *dingtalkBlock) bind(b *eval.Binder, own []string) {
	b.AddAll(d.Attributes, own...)
	for _, in := range d.inner {
		b.AddInner(in, own)
	}
}

// instance evaluates the block for one attachment. Previews and links have no order; they are sorted.
func (d *dingtalkBlock) instance(f *eval.Frame) *schema.DingTalkTarget {
	t := &schema.DingTalkTarget{UserID: dingtalkID(f, d.Attributes, "user_id"),
		UnionID: dingtalkID(f, d.Attributes, "union_id"), FolderID: rootFolder, OnConflict: schema.ConflictRename}
	folder := d.Expr("folder_id")
	if text, is := f.Text(folder, "folder_id"); is != eval.Absent {
		t.FolderID = filled(f, folder, "folder_id", text, is)
	}
	if word, is := f.Choice(d.Expr("on_conflict"), "on_conflict", conflictWords); is == eval.Given {
		t.OnConflict = schema.Conflict(word)
	}
	for _, in := range d.inner {
		frames, _ := f.Repeat(in.Dynamic)
		for g := range frames {
			if in.Kind == "preview" {
				preview(g, in, t)
			} else {
				link(g, in, t)
			}
		}
	}
	slices.SortFunc(t.Previews, func(a, b schema.Preview) int {
		return cmp.Or(strings.Compare(a.ProcessInstanceID, b.ProcessInstanceID), strings.Compare(a.UserID, b.UserID))
	})
	slices.Sort(t.Links)
	return t
}

// preview adds what a preview block stands for.
func preview(f *eval.Frame, in structure.Inner, t *schema.DingTalkTarget) {
	p := schema.Preview{UserID: dingtalkID(f, in.Attributes, "user_id"),
		ProcessInstanceID: dingtalkID(f, in.Attributes, "process_instance_id")}
	switch {
	case p.UserID == "" || p.ProcessInstanceID == "": // reported
	case slices.Contains(t.Previews, p):
		f.FailAt(in.At, in.Expr("user_id"), "Preview twice", "The user %q is let preview it in the approval %q twice. "+
			"Remove one of the two.", p.UserID, p.ProcessInstanceID)
	default:
		t.Previews = append(t.Previews, p)
	}
}

// link adds what a link block stands for.
func link(f *eval.Frame, in structure.Inner, t *schema.DingTalkTarget) {
	expr, id := in.Expr("conversation_id"), dingtalkID(f, in.Attributes, "conversation_id")
	switch {
	case id == "": // reported
	case slices.Contains(t.Links, id):
		f.FailAt(expr.Range(), expr, "Link twice", "A link is posted into the conversation %q already, and everybody "+
			"in it would see two. Remove one of the two.", id)
	default:
		t.Links = append(t.Links, id)
	}
}

// dingtalkID is the value of an attribute that must hold an id of DingTalk's; "" when there is none, or none yet.
func dingtalkID(f *eval.Frame, attributes structure.Attributes, name words.Word) string {
	expr := attributes.Expr(string(name))
	text, is := f.Text(expr, name)
	return filled(f, expr, name, text, f.Required(expr, name, is))
}

// filled reports an id that is empty.
func filled(f *eval.Frame, expr hcl.Expression, attribute words.Word, text string, found eval.Found) string {
	if found == eval.Given && strings.TrimSpace(text) == "" {
		f.Fail(expr, "Empty "+string(attribute), "%s is an id that DingTalk gives, and this one is empty. Write it.",
			attribute)
		return ""
	}
	return text
}
