package view

import (
	"bytes"
	"encoding/json"

	"countersign/schema/spelling"
)

// IndentedJSON encodes a short document for a program that a person may look at too. No newline ends it.
func IndentedJSON(v any) ([]byte, error) {
	doc, err := CompactJSON(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, doc, "", "  ")
	return b.Bytes(), err
}

// CompactJSON encodes on one line. Chinese and <> stay as they are, invisible characters are escaped.
func CompactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return spelling.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}
