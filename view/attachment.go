package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
)

// listedFiles is how many of an attachment's files, or grants and links, a plan names one by one; the JSON plan has
// all.
const listedFiles = 10

// attachmentBlocks are the attachments with which something would be done, in their order.
func attachmentBlocks(list []plans.AttachmentChange) []Block {
	var out []Block
	for i := range list {
		if c := &list[i]; c.Action != plans.NoOp {
			out = append(out, AttachmentBlock(c))
		}
	}
	return out
}

// AttachmentBlock is what would be done with one attachment.
func AttachmentBlock(c *plans.AttachmentChange) Block {
	h := Heading{Subject: OneLine(c.Address.String()), Outcome: "will be created"}
	b := Block{Mark: Adds, Title: contents(c)}
	switch c.Action {
	case plans.Update:
		h.Outcome, b.Mark = "will be updated in-place", Changes
	case plans.Forget:
		h.Outcome, b.Mark, b.Title = "will no longer be managed by Countersign", Forgets, remains(c.Drops)
	}
	if why := reason(c.Reason, c.Address); why != "" {
		h.Notes = []string{why}
	}
	if c.Action != plans.Forget {
		b.Body = staging(c)
	}
	b.Heads = []Heading{h}
	return b
}

// contents is what an attachment consists of: "3 files, 3.4 MB".
func contents(c *plans.AttachmentChange) string {
	if len(c.Flows) > 0 {
		return "the signed contracts of " + Count(len(c.Flows), "e-sign flow") + ", fetched when applied"
	}
	return FilesInAll(c.Files)
}

// FilesInAll is their number and size: "3 files, 3.4 MB".
func FilesInAll(files []schema.SourceFile) string {
	var all int64
	for _, f := range files {
		all += f.Size
	}
	return Count(len(files), "file") + ", " + Size(all)
}

// staging is what would be done with an attachment, system by system.
func staging(c *plans.AttachmentChange) []Node {
	var out []Node
	fact := func(m Mark, label, value string) {
		out = append(out, Node{Mark: m, Label: label, Column: true, After: value})
	}
	contents := Adds
	if c.Action == plans.Update {
		contents = Same // all that it consists of, new or not
	}
	anew := c.Drive || len(c.DingTalk) > 0
	if anew || c.Action == plans.Create {
		if len(c.Flows) > 0 {
			out = append(out, several(contents, "flows", names(c.Flows)))
		} else {
			out = append(out, several(contents, "files", sized(c.Files)))
		}
	}
	if c.Drive {
		fact(Adds, "stage on the drive", everything(c)+", as one approval attachment")
	}
	if len(c.DingTalk) > 0 {
		fact(Adds, "stage in DingTalk", inDingTalk(c))
	}
	switch {
	case anew && len(c.Flows) > 0:
		fact(Adds, "to send", later)
	case anew:
		fact(Adds, "to send", Size(c.Bytes))
	}
	if len(c.Previews) > 0 {
		out = append(out, several(Adds, "grant preview to", Previews(c.Previews)))
	}
	if len(c.Links) > 0 {
		out = append(out, several(Adds, "post links into", Conversations(c.Links)))
	}
	if len(c.Drops) > 0 {
		fact(Removes, "forget", remains(c.Drops))
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

// inDingTalk is which files are staged in DingTalk, where, and what happens to files there that have the same names.
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

// remains says that staged files stay, by systems and files as AttachmentChange.Drops names them.
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
	return "what was staged " + strings.Join(where, " and ") + " stays there: " + vendors + " no call to delete it"
}

// several is a list: a single value beside its label, more of them below it.
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

// first is the part of a list that is shown, and "… and n more" for the rest.
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

// nameRoom is the widest column of names; longer names push their sizes to the right.
const nameRoom = 40

// sized are files by name, with their sizes in a column.
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

// Previews are grants of a preview.
func Previews(list []schema.Preview) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = Name(p.UserID) + " in approval " + Name(p.ProcessInstanceID)
	}
	return out
}

// Conversations are those that a link is posted into.
func Conversations(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = "conversation " + Name(id)
	}
	return out
}
