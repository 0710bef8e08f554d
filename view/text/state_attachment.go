package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/state"
	"countersign/view"
)

// Attachment writes what is staged of one attachment, for the command state show.
func Attachment(w io.Writer, a state.Attachment, s Settings) error {
	return write(w, attachment(a, s))
}

// attachment is what is staged as a block would declare it, with the ids that the systems gave.
func attachment(a state.Attachment, s Settings) string {
	var out strings.Builder
	out.WriteString(s.paint().in(bold, "# "+view.OneLine(a.Address.String())+":") + "\n")
	out.WriteString("attachment " + view.Quote(a.Address.Name) + " {\n")
	if a.Drive != nil {
		out.WriteString(onDrive(a.Drive))
	}
	if a.DingTalk != nil {
		if a.Drive != nil {
			out.WriteString("\n")
		}
		out.WriteString(stagedInDingTalk(a.DingTalk))
	}
	return out.String() + "}\n"
}

// attributes are lines of a block with their equals signs in one column.
func attributes(indent string, pairs ...[2]string) string {
	widest := 0
	for _, p := range pairs {
		widest = max(widest, view.Width(p[0]))
	}
	var out strings.Builder
	for _, p := range pairs {
		out.WriteString(indent + view.Pad(p[0], widest) + " = " + p[1] + "\n")
	}
	return out.String()
}

// bytesOf is a number of bytes; a large one with its size in a comment.
func bytesOf(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d  # %s", n, view.Size(n))
}

// cut is a comment where an interrupted run staged only a part.
func cut(have, of int) string {
	if have >= of {
		return ""
	}
	return fmt.Sprintf("  # %d of %s staged; the next apply goes on", have, view.Count(of, "file"))
}

func onDrive(d *state.StagedDrive) string {
	var out strings.Builder
	out.WriteString("    drive {" + cut(len(d.Files), d.Count) + "\n")
	out.WriteString(attributes("        ", [2]string{"id", fmt.Sprint(d.ID)}))
	for _, f := range d.Files {
		out.WriteString("\n        file " + view.Quote(f.Name) + " {\n")
		out.WriteString(attributes("            ", [2]string{"size", bytesOf(f.Size)}) + "        }\n")
	}
	return out.String() + "    }\n"
}

func stagedInDingTalk(d *state.StagedDingTalk) string {
	var out strings.Builder
	out.WriteString("    dingtalk {" + cut(len(d.Files), d.Count) + "\n")
	out.WriteString(attributes("        ", [2]string{"union_id", view.Quote(d.UnionID)},
		[2]string{"folder_id", view.Quote(d.FolderID)}))
	for _, f := range d.Files {
		out.WriteString("\n        file " + view.Quote(f.Source) + " {\n")
		out.WriteString(attributes("            ", [2]string{"id", view.Quote(f.ID)},
			[2]string{"space_id", view.Quote(f.SpaceID)},
			[2]string{"name", view.Quote(f.Name)}, [2]string{"size", bytesOf(f.Size)}))
		for _, p := range view.Previews(f.Previews) {
			out.WriteString("            # preview granted to " + p + "\n")
		}
		for _, c := range view.Conversations(f.Links) {
			out.WriteString("            # link posted into " + c + "\n")
		}
		out.WriteString("        }\n")
	}
	return out.String() + "    }\n"
}
