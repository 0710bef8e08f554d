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
	At                                    hcl.Range
	userID, unionID, folderID, onConflict hcl.Expression
	previews                              []previewBlock
	links                                 []linkBlock
}

// previewBlock is a preview block, or the content of a dynamic one.
type previewBlock struct {
	at                        hcl.Range
	dynamic                   *structure.Dynamic // nil for one that stands by itself
	userID, processInstanceID hcl.Expression
}

// linkBlock is a link block, or the content of a dynamic one.
type linkBlock struct {
	at             hcl.Range
	dynamic        *structure.Dynamic // nil for one that stands by itself
	conversationID hcl.Expression
}

// DingTalkSchema is what the dingtalk block may hold.
var DingTalkSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "user_id", Required: true}, {Name: "union_id", Required: true},
		{Name: "folder_id"}, {Name: "on_conflict"}},
	Blocks: []hcl.BlockHeaderSchema{{Type: "preview"}, {Type: "link"},
		{Type: "dynamic", LabelNames: []string{"type"}}},
}

var (
	previewSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "user_id", Required: true},
		{Name: "process_instance_id", Required: true}}}
	linkSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "conversation_id", Required: true}}}
)

// rootFolder is the folder of DingTalk's approval space that all others are in.
const rootFolder = "0"

var conflictWords = []string{string(schema.ConflictRename), string(schema.ConflictOverwrite),
	string(schema.ConflictReuse), string(schema.ConflictFail)}

func decodeDingTalk(b *hcl.Block, diags *hcl.Diagnostics) *dingtalkBlock {
	c := structure.Content(b.Body, DingTalkSchema, diags)
	d := &dingtalkBlock{At: b.DefRange, userID: structure.Expression(c, "user_id"),
		unionID:  structure.Expression(c, "union_id"),
		folderID: structure.Expression(c, "folder_id"), onConflict: structure.Expression(c, "on_conflict")}
	for _, block := range c.Blocks {
		kind, inside, repeated := block.Type, block, (*structure.Dynamic)(nil)
		if block.Type == "dynamic" {
			kind = block.Labels[0]
			if repeated, inside = structure.DecodeDynamic(block, structure.DynamicSchema, []string{"link", "preview"},
				diags); inside == nil {
				continue
			}
		}
		switch kind {
		case "preview":
			p := structure.Content(inside.Body, previewSchema, diags)
			d.previews = append(d.previews, previewBlock{block.DefRange, repeated, structure.Expression(p, "user_id"),
				structure.Expression(p, "process_instance_id")})
		case "link":
			l := structure.Content(inside.Body, linkSchema, diags)
			d.links = append(d.links, linkBlock{block.DefRange, repeated, structure.Expression(l, "conversation_id")})
		}
	}
	return d
}

// bind notes what the block refers to.
func (d *dingtalkBlock) bind(b *eval.Binder, own []string) {
	for _, e := range [...]hcl.Expression{d.userID, d.unionID, d.folderID, d.onConflict} {
		b.Add(e, own...)
	}
	for _, p := range d.previews {
		inside := b.AddDynamic(p.dynamic, own)
		b.Add(p.userID, inside...)
		b.Add(p.processInstanceID, inside...)
	}
	for _, l := range d.links {
		b.Add(l.conversationID, b.AddDynamic(l.dynamic, own)...)
	}
}

// instance evaluates the block for one attachment. Previews and links have no order; they are sorted.
func (d *dingtalkBlock) instance(f *eval.Frame) *schema.DingTalkTarget {
	t := &schema.DingTalkTarget{UserID: dingtalkID(f, d.userID, "user_id"),
		UnionID: dingtalkID(f, d.unionID, "union_id"), FolderID: rootFolder, OnConflict: schema.ConflictRename}
	if text, is := f.Text(d.folderID, "folder_id"); is != eval.Absent {
		t.FolderID = filled(f, d.folderID, "folder_id", text, is)
	}
	if word, is := f.Choice(d.onConflict, "on_conflict", conflictWords); is == eval.Given {
		t.OnConflict = schema.Conflict(word)
	}
	for _, block := range d.previews {
		for g := range f.Repeat(block.dynamic) {
			p := schema.Preview{UserID: dingtalkID(g, block.userID, "user_id"),
				ProcessInstanceID: dingtalkID(g, block.processInstanceID, "process_instance_id")}
			if p.UserID == "" || p.ProcessInstanceID == "" {
				continue
			}
			if slices.Contains(t.Previews, p) {
				g.FailAt(block.at, block.userID, "Preview twice", "The user %q is let preview it in the approval %q "+
					"twice. Remove one of the two.", p.UserID, p.ProcessInstanceID)
				continue
			}
			t.Previews = append(t.Previews, p)
		}
	}
	for _, block := range d.links {
		for g := range f.Repeat(block.dynamic) {
			id := dingtalkID(g, block.conversationID, "conversation_id")
			if id == "" {
				continue
			}
			if slices.Contains(t.Links, id) {
				g.FailAt(block.conversationID.Range(), block.conversationID, "Link twice", "A link is posted into "+
					"the conversation %q already, and everybody in it would see two. Remove one of the two.", id)
				continue
			}
			t.Links = append(t.Links, id)
		}
	}
	slices.SortFunc(t.Previews, func(a, b schema.Preview) int {
		return cmp.Or(strings.Compare(a.ProcessInstanceID, b.ProcessInstanceID), strings.Compare(a.UserID, b.UserID))
	})
	slices.Sort(t.Links)
	return t
}

// dingtalkID is the value of an attribute that holds an id of DingTalk's, which must be there; "" when it is not, or
// not yet.
func dingtalkID(f *eval.Frame, expr hcl.Expression, attribute words.Word) string {
	text, is := f.Text(expr, attribute)
	return filled(f, expr, attribute, text, f.Required(expr, attribute, is))
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
