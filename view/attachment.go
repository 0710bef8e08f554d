package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
)

// listedFiles is how many files, and whatever else an attachment has several of, a plan names one by one; the JSON plan
// has all.
const listedFiles = 10

// attachmentBlocks are the attachments that something would be done about, in their order.
func attachmentBlocks(list []plans.AttachmentChange) []Block {
	var out []Block
	for i := range list {
		if c := &list[i]; c.Action != plans.NoOp {
			out = append(out, AttachmentBlock(c))
		}
	}
	return out
}

// AttachmentBlock is what would be done about one attachment.
func AttachmentBlock(c *plans.AttachmentChange) Block {
	h := Heading{Outcome: "will be created"}
	b := Block{Mark: Adds, Title: contents(c)}
	switch c.Action {
	case plans.Update:
		h.Outcome, b.Mark = "will be updated in-place", Changes
	case plans.Forget:
		h.Outcome, b.Mark, b.Title = "will no longer be managed by Countersign", Forgets, "what was staged "+
			remains(c.Drops)
	}
	h.Subject = OneLine(c.Address.String())
	if words := because(c.Reason, c.Address); words != "" {
		h.Notes = append(h.Notes, "("+words+")")
	}
	if c.Action != plans.Forget {
		b.Body = staging(c)
	}
	b.Heads = []Heading{h}
	return b
}

// contents say what an attachment consists of: "3 files, 3.4 MB".
func contents(c *plans.AttachmentChange) string {
	if len(c.Flows) > 0 {
		return "the signed contracts of " + Count(len(c.Flows), "e-sign flow") + ", fetched when applied"
	}
	return FilesInAll(c.Files)
}

func FilesInAll(files []schema.SourceFile) string {
	var all int64
	for _, f := range files {
		all += f.Size
	}
	return Count(len(files), "file") + ", " + Size(all)
}

// staging is what would be done about an attachment, system by system.
func staging(c *plans.AttachmentChange) []Node {
	var out []Node
	of := Adds
	if c.Action == plans.Update {
		of = Same // it says what there is, not what is new
	}
	anew := c.Drive || len(c.DingTalk) > 0
	if anew || c.Action == plans.Create {
		if len(c.Flows) > 0 {
			out = append(out, several(of, "flows", names(c.Flows)))
		} else {
			out = append(out, several(of, "files", sized(c.Files)))
		}
	}
	if c.Drive {
		out = append(out, Node{Mark: Adds, Label: "stage on the drive", Column: true, After: everything(c) +
			", as one approval attachment"})
	}
	if len(c.DingTalk) > 0 {
		out = append(out, Node{Mark: Adds, Label: "stage in DingTalk", Column: true, After: inDingTalk(c)})
	}
	if anew {
		out = append(out, Node{Mark: Adds, Label: "to send", Column: true, After: toSend(c)})
	}
	if len(c.Previews) > 0 {
		out = append(out, several(Adds, "grant preview to", Previews(c.Previews)))
	}
	if len(c.Links) > 0 {
		out = append(out, several(Adds, "post links into", Conversations(c.Links)))
	}
	if len(c.Drops) > 0 {
		out = append(out, Node{Mark: Removes, Label: "forget", Column: true, After: "what was staged " +
			remains(c.Drops)})
	}
	return out
}

// everything names all that an attachment consists of.
func everything(c *plans.AttachmentChange) string {
	switch {
	case len(c.Flows) > 0:
		return "the signed contracts"
	case len(c.Files) == 1:
		return "the file"
	}
	return fmt.Sprintf("all %d files", len(c.Files))
}

// inDingTalk says which files are staged in DingTalk, where, and what becomes of others of their names.
func inDingTalk(c *plans.AttachmentChange) string {
	which := everything(c)
	if len(c.Flows) == 0 && len(c.DingTalk) < len(c.Files) {
		which = strings.Join(first(names(c.DingTalk)), ", ")
	}
	if c.Attachment.DingTalk == nil {
		return which
	}
	t := c.Attachment.DingTalk
	if t.FolderID != "" && t.FolderID != "0" {
		which += ", in folder " + Name(t.FolderID)
	}
	switch t.OnConflict {
	case schema.ConflictOverwrite:
		which += ", overwriting what has the same name there"
	case schema.ConflictReuse:
		which += ", or taking what has the same name there"
	case schema.ConflictFail:
		which += ", unless the name is taken there"
	}
	return which
}

// toSend is how much goes over the wire, to all systems together.
func toSend(c *plans.AttachmentChange) string {
	if len(c.Flows) > 0 {
		return later
	}
	return Size(c.Bytes)
}

// remains says what becomes of what was staged, by systems and files as AttachmentChange.Drops names them.
func remains(systems []string) string {
	var where []string
	for _, s := range systems {
		switch s {
		case "drive":
			where = append(where, "on the drive")
		case "dingtalk":
			where = append(where, "in DingTalk")
		default:
			where = append(where, "in DingTalk as "+Name(s))
		}
	}
	vendors := "the vendor has"
	if len(where) > 1 {
		vendors = "the vendors have"
	}
	return strings.TrimPrefix(strings.Join(where, " and ")+" stays there: "+vendors+" no call to delete it", " ")
}

// several is a list: one thing beside its label, more of them below it.
func several(m Mark, label string, values []string) Node {
	if len(values) == 1 {
		return Node{Mark: m, Label: strings.TrimSuffix(label, "s"), Column: true, After: values[0]}
	}
	n := Node{Mark: m, Label: label}
	for _, v := range first(values) {
		n.Kids = append(n.Kids, Node{Mark: m, After: v})
	}
	return n
}

// first is a list as far as it is shown: "… and n more" stands for the rest.
func first(values []string) []string {
	if len(values) <= listedFiles {
		return values
	}
	return append(slices.Clone(values[:listedFiles]), fmt.Sprintf("… and %d more", len(values)-listedFiles))
}

func names(list []string) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = Name(n)
	}
	return out
}

// nameRoom is how many columns of names line up; longer ones stand out.
const nameRoom = 40

// sized are files by name, their sizes lined up behind.
func sized(files []schema.SourceFile) []string {
	widest := 0
	for _, f := range files[:min(len(files), listedFiles)] {
		widest = max(widest, min(Width(Name(f.Name)), nameRoom))
	}
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = Pad(Name(f.Name), widest) + "  " + Size(f.Size)
	}
	return out
}

func Previews(list []schema.Preview) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = Name(p.UserID) + " in approval " + Name(p.ProcessInstanceID)
	}
	return out
}

func Conversations(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = "conversation " + Name(id)
	}
	return out
}
