package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"countersign/schema"
)

// A state is kept as indented JSON without a checksum. People repair states by hand and move them with `state pull` and
// `state push`; a checksum would lock them out of their own file, or be ignored. Other rules keep a damaged file from
// harming the drive: the whole file must be well-formed, every field known, every address and tid unique, and no
// template is removed that was not read from the drive just before. A field added to the format raises FormatVersion,
// so an unknown one is a mistake and is refused.

// bindingSize is about how many bytes a binding takes. It is no limit.
const bindingSize = 1 << 10

// Encode returns the text of a state, as it is kept. It fails for a state that Decode would refuse. It formats one
// value at a time, so that a large state is in memory as text only once.
func Encode(s State) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	text := make([]byte, 0, bindingSize*(1+len(s.Bindings)))
	var compact bytes.Buffer
	enc := json.NewEncoder(&compact)
	enc.SetEscapeHTML(false)
	var err error
	put := func(literal string) { text = append(text, literal...) }
	value := func(v any, depth int) {
		compact.Reset()
		if err == nil {
			err = enc.Encode(v)
		}
		if err == nil {
			text = layOut(text, bytes.TrimRight(compact.Bytes(), "\n"), depth)
		}
	}
	separator := "{"
	name := func(name string) {
		put(separator + "\n  \"" + name + "\": ")
		separator = ","
	}
	member := func(called string, v any) {
		name(called)
		value(v, 1)
	}
	member("version", s.Format())
	member("countersign_version", s.Writer)
	member("lineage", s.Lineage)
	member("serial", s.Serial)
	if s.Migrated != nil {
		member("migrated", s.Migrated)
	}
	if s.Drive != "" {
		member("drive", s.Drive)
	}
	name("templates")
	put("[")
	for i, b := range sorted(slices.Clone(s.Bindings)) {
		if i > 0 {
			put(",")
		}
		put("\n    ")
		value(b.withoutNulls(), 2)
	}
	if len(s.Bindings) > 0 {
		put("\n  ")
	}
	put("]")
	if len(s.Attachments) > 0 {
		member("attachments", sortedAttachments(slices.Clone(s.Attachments)))
	}
	if s.Outputs == nil {
		s.Outputs = map[string]Output{}
	}
	member("outputs", s.Outputs)
	put("\n}\n")
	if err != nil {
		return nil, fmt.Errorf("encode the state: %w", err)
	}
	return text, nil
}

// withoutNulls returns the binding with empty lists in place of nil, for people who read the file with jq.
func (b Binding) withoutNulls() Binding {
	b.Sets = notNil(b.Sets)
	b.Recorded = templateWithoutNulls(b.Recorded)
	b.Deposed = slices.Clone(b.Deposed)
	for i := range b.Deposed {
		b.Deposed[i].Recorded = templateWithoutNulls(b.Deposed[i].Recorded)
	}
	return b
}

func templateWithoutNulls(t schema.Template) schema.Template {
	t.CC = notNil(t.CC)
	t.Steps = notNil(slices.Clone(t.Steps))
	for i := range t.Steps {
		t.Steps[i].Approvers = notNil(t.Steps[i].Approvers)
	}
	return t
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Check holds a state against what Decode demands of its text.
func (s State) Check() error {
	var errs []error
	if s.Version > migratedVersion {
		errs = append(errs, fmt.Errorf("its format version is %d, this program knows versions up to %d",
			s.Version, migratedVersion))
	}
	if s.Lineage == "" {
		errs = append(errs, errors.New("it has no lineage"))
	}
	for _, p := range s.problems() {
		errs = append(errs, p.err)
	}
	errs = append(errs, s.attachmentProblems()...)
	return errors.Join(append(errs, s.outputProblems()...)...)
}
