// Package forms is the JSON Schema (draft 2020-12) of what the program prints for other programs. The tests hold every
// document that they make to it; the program itself does not need it.
package forms

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed *.schema.json
var files embed.FS

// Check holds a JSON document, or a line of them, to the form NAME.schema.json.
func Check(name string, doc []byte) error {
	all, err := compiled()
	if err != nil {
		return err
	}
	form := all[name]
	if form == nil {
		return fmt.Errorf("there is no form %q", name)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return fmt.Errorf("not one JSON document: %w", err)
	}
	return form.Validate(value)
}

// compiled are the forms by name, compiled once.
var compiled = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	paths, err := fs.Glob(files, "*.schema.json")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := files.ReadFile(path)
		if err != nil {
			return nil, err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := c.AddResource("forms:///"+path, value); err != nil {
			return nil, err
		}
	}
	all := map[string]*jsonschema.Schema{}
	for _, path := range paths {
		form, err := c.Compile("forms:///" + path)
		if err != nil {
			return nil, err
		}
		all[strings.TrimSuffix(path, ".schema.json")] = form
	}
	return all, nil
})
