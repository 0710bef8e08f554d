package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/reconcile"
	"countersign/view"
)

// Explanation writes which templates are in force on a folder or file: where each comes from, what it can be raised on,
// who must approve, and what of the configuration is not applied yet.
func Explanation(w io.Writer, e reconcile.Explanation, s Settings) error {
	l := view.NamesOfExplanation(&e)
	var out strings.Builder
	out.WriteString(s.paint().in(bold, view.Place(e.Place)) + "\n\n")
	out.WriteString(Wrapped(view.InForce(&e), s))
	for i := range e.Templates {
		t := &e.Templates[i]
		out.WriteString("\n" + item(view.ExplainedHead(t), l.Explained(&e, t), s))
	}
	if len(e.Awaited) > 0 {
		out.WriteString("\n" + headed(amberBold, "Not applied yet:", view.CountIs(len(e.Awaited), "template")+
			" declared for this place and not on the drive.", s) + "\n")
		for _, a := range e.Awaited {
			head := fmt.Sprintf("%s: %s", view.OneLine(a.Address.String()), view.Quote(a.Title))
			if a.Inherited {
				head += ", to be inherited from " + view.Place(a.Place)
			}
			out.WriteString(item(head, nil, s))
		}
	}
	return write(w, out.String())
}
