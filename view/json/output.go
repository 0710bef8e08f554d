package json

import (
	"countersign/state"
	"countersign/view"
)

// Outputs is the document of `terraform output -json`: values as they are, sensitive ones too.
func Outputs(outputs map[string]state.Output) ([]byte, error) {
	type entry struct {
		Sensitive bool `json:"sensitive"`
		Type      any  `json:"type"`
		Value     any  `json:"value"`
	}
	doc := make(map[string]entry, len(outputs))
	for name, o := range outputs {
		doc[name] = entry{o.Sensitive, o.Type, o.Value}
	}
	return view.IndentedJSON(doc)
}
