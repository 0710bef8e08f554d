package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"countersign/schema"
)

// A state is kept as indented JSON without a checksum of itself. People repair states by hand and move them with
// `state pull` and `state push`; a checksum would lock them out of their own file, or be ignored. What a damaged
// file does to the drive is held off by other means: the whole file must be well-formed, every field known, every
// address and tid there once, and no template is removed that was not read from the drive just before. A field
// added to the format raises FormatVersion, so an unknown one is a slip of the hand and is refused.

// Encode returns the text of a state, as its file holds it. It fails for a state that Decode would refuse.
func Encode(s State) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("encode the state: %w", err)
	}
	return encode(s)
}

// bindingSize is about as many bytes as a binding takes. It is no limit.
const bindingSize = 1 << 10

// encode lays out a value at a time, so that a large state is never in memory twice.
func encode(s State) ([]byte, error) {
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
	put("{\n  \"version\": ")
	value(FormatVersion, 1)
	put(",\n  \"countersign_version\": ")
	value(s.Writer, 1)
	put(",\n  \"lineage\": ")
	value(s.Lineage, 1)
	put(",\n  \"serial\": ")
	value(s.Serial, 1)
	if s.Drive != "" {
		put(",\n  \"drive\": ")
		value(s.Drive, 1)
	}
	put(",\n  \"templates\": [")
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
	put("],\n")
	if len(s.Attachments) > 0 {
		put("  \"attachments\": ")
		value(sortedAttachments(slices.Clone(s.Attachments)), 1)
		put(",\n")
	}
	put("  \"outputs\": ")
	outputs := s.Outputs
	if outputs == nil {
		outputs = map[string]Output{}
	}
	value(outputs, 1)
	put("\n}\n")
	if err != nil {
		return nil, fmt.Errorf("encode the state: %w", err)
	}
	return text, nil
}

// withoutNulls returns the binding with empty lists where it has none, for those who read the file with jq.
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

// check holds a state against what Decode demands of its text.
func (s State) check() error {
	var errs []error
	if s.Version > FormatVersion {
		errs = append(errs, fmt.Errorf("its format version is %d, this program knows versions up to %d", s.Version, FormatVersion))
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
