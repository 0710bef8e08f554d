package json

import (
	"countersign/schema"
	"countersign/view"
)

// Diagnostics is the document of `terraform validate -json`.
func Diagnostics(d schema.Diagnostics) ([]byte, error) {
	doc := struct {
		FormatVersion string             `json:"format_version"`
		Valid         bool               `json:"valid"`
		ErrorCount    int                `json:"error_count"`
		WarningCount  int                `json:"warning_count"`
		Diagnostics   schema.Diagnostics `json:"diagnostics"`
	}{"1.2", true, 0, 0, diagnosticsOf(d)}
	for _, x := range d {
		switch x.Severity {
		case schema.Notice:
		case schema.Warning:
			doc.WarningCount++
		default:
			doc.ErrorCount++
			doc.Valid = false
		}
	}
	return view.IndentedJSON(doc)
}

// Failure stands for a document that could not be made, in one line.
func Failure(d schema.Diagnostics) ([]byte, error) {
	return view.CompactJSON(struct {
		FormatVersion string             `json:"format_version"`
		Errored       bool               `json:"errored"`
		Diagnostics   schema.Diagnostics `json:"diagnostics"`
	}{planVersion, true, diagnosticsOf(d)})
}

// diagnosticsOf are diagnostics whose lists are never null.
func diagnosticsOf(d schema.Diagnostics) schema.Diagnostics {
	out := make(schema.Diagnostics, len(d))
	copy(out, d)
	for i, x := range out {
		if x.Snippet != nil && x.Snippet.Values == nil {
			sn := *x.Snippet
			sn.Values = []schema.Value{}
			out[i].Snippet = &sn
		}
	}
	return out
}
