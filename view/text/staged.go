package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/schema/spelling"
	"countersign/view"
)

// Staged writes what was staged. The last line is what raising an approval needs, and nothing else: on the drive the
// attachment's id, in DingTalk the value of the form's attachment field.
func Staged(w io.Writer, st view.Stage, s Settings) error {
	paint := s.paint()
	var out strings.Builder
	heading := func(where string) {
		out.WriteString(paint.in(greenBold, "Staged "+view.FilesInAll(st.Files)+", "+where+":") + "\n\n")
	}
	say := func(what string) { out.WriteString("\n" + Wrapped(what, s) + "\n") }
	if len(st.DingTalk) == 0 {
		heading("on the drive")
		t := table{columns: []column{{heading: "NAME"}, {heading: "SIZE"}}}
		for _, f := range st.Files {
			t.row(view.Name(f.Name), view.Size(f.Size))
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
			from = view.Name(f.Source)
		}
		t.row(view.Name(f.Name), view.Size(f.Size), view.Name(f.ID), view.Name(f.SpaceID), from)
	}
	out.WriteString(t.text(s))
	say("The value of the form's attachment field (DDAttachment):")
	return write(w, out.String()+string(spelling.JSON([]byte(st.FormValue)))+"\n")
}
