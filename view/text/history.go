package text

import (
	"io"
	"strconv"

	"countersign/state"
	"countersign/view"
)

// History lists versions of a state that are kept, one a line.
func History(w io.Writer, all []state.Former, s Settings) error {
	t := table{columns: []column{{heading: "SERIAL"}, {heading: "WRITTEN"}, {heading: "BY", yields: true},
		{heading: "COMMAND", yields: true}, {heading: "LINEAGE"}}}
	for _, f := range all {
		lineage := ""
		if f.Lineage != all[0].Lineage {
			lineage = f.Lineage
		}
		t.row(cell{text: strconv.FormatUint(f.Serial, 10)}, cell{text: view.Moment(f.Written.Unix())},
			cell{text: view.OneLine(f.By.Who)}, cell{text: view.OneLine(f.By.Operation)}, cell{text: view.OneLine(lineage)})
	}
	return write(w, t.text(s))
}
