package view

import (
	"fmt"
	"io"
	"strings"

	"countersign/schema"
	"countersign/schema/spelling"
)

// Stage is what `stage` put onto a system without a configuration: DriveID is set, or DingTalk.
type Stage struct {
	Files     []schema.SourceFile // what was sent
	DriveID   int64               // the drive's attachment
	DingTalk  []schema.StagedFile // the files as DingTalk has them
	FormValue string              // of DingTalk's attachment field
}

// Staged writes what was staged. The last line holds what an approval is raised with and nothing else: on the drive the
// attachment's id, in DingTalk the value of the form's attachment field.
func Staged(w io.Writer, st Stage, s Settings) error {
	paint := s.paint()
	var out strings.Builder
	heading := func(where string) {
		out.WriteString(paint.in(greenBold, "Staged "+filesInAll(st.Files)+", "+where+":") + "\n\n")
	}
	say := func(what string) { out.WriteString("\n" + Wrapped(what, s) + "\n") }
	if len(st.DingTalk) == 0 {
		heading("on the drive")
		t := table{columns: []column{{heading: "NAME"}, {heading: "SIZE"}}}
		for _, f := range st.Files {
			t.row(cell{text: Name(f.Name)}, cell{text: size(f.Size)})
		}
		out.WriteString(t.text(s))
		say("The id of the attachment, for raising an approval with it:")
		return write(w, out.String()+fmt.Sprintln(st.DriveID))
	}
	heading("in DingTalk")
	t := table{columns: []column{{heading: "NAME"}, {heading: "SIZE"}, {heading: "ID"}, {heading: "SPACE"},
		{heading: "FROM"}}}
	for _, f := range st.DingTalk {
		from := ""
		if f.Source != f.Name { // renamed, because its name was taken
			from = Name(f.Source)
		}
		t.row(cell{text: Name(f.Name)}, cell{text: size(f.Size)}, cell{text: Name(f.ID)}, cell{text: Name(f.SpaceID)},
			cell{text: from})
	}
	out.WriteString(t.text(s))
	say("The value of the form's attachment field (DDAttachment):")
	return write(w, out.String()+string(spelling.JSON([]byte(st.FormValue)))+"\n")
}
