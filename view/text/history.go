package text

import (
	"io"
	"strconv"

	"countersign/state/store"
	"countersign/view"
)

// History lists the former versions of a state, one a line.
func History(w io.Writer, all []store.Former, s Settings) error {
	t := table{columns: []column{{heading: "SERIAL"}, {heading: "WRITTEN"}, {heading: "BY", yields: true},
		{heading: "COMMAND", yields: true}, {heading: "LINEAGE"}}}
	for _, f := range all {
		lineage := ""
		if f.Lineage != all[0].Lineage {
			lineage = f.Lineage
		}
		t.row(strconv.FormatUint(f.Serial, 10), view.Moment(f.Written.Unix()), view.OneLine(f.By.Who),
			view.OneLine(f.By.Operation), view.OneLine(lineage))
	}
	return write(w, t.text(s))
}
