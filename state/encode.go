package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

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
	var b bytes.Buffer
	if err := encode(&b, s); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// encode writes a binding at a time, so that a large state is never in memory twice.
func encode(w io.Writer, s State) error {
	var compact bytes.Buffer
	var text []byte
	enc := json.NewEncoder(&compact)
	enc.SetEscapeHTML(false)
	var err error
	put := func(literal string) {
		if err == nil {
			_, err = io.WriteString(w, literal)
		}
	}
	value := func(v any, depth int) {
		compact.Reset()
		if err == nil {
			err = enc.Encode(v)
		}
		if err == nil {
			text = layOut(text[:0], bytes.TrimRight(compact.Bytes(), "\n"), depth)
			_, err = w.Write(text)
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
		return fmt.Errorf("encode the state: %w", err)
	}
	return nil
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

// identity is what tells one version of one state from all others.
type identity struct {
	lineage string
	serial  uint64
}

// decodeIdentity reads who a state is and checks that it is a whole state of a version this program knows,
// without building it.
func decodeIdentity(data []byte) (identity, error) {
	var head struct {
		Version   *int            `json:"version"`
		Writer    string          `json:"countersign_version"`
		Lineage   *string         `json:"lineage"`
		Serial    json.RawMessage `json:"serial"`
		Terraform *string         `json:"terraform_version"`
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return identity{}, errors.New("it is empty")
	}
	if !utf8.Valid(data) {
		return identity{}, fmt.Errorf("line %d: it is not valid UTF-8", invalidUTF8Line(data))
	}
	err := json.Unmarshal(data, &head)
	var wrongSyntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongSyntax) && wrongSyntax.Error() == "unexpected end of JSON input":
		return identity{}, errors.New("it ends in the middle: it has been cut off")
	case errors.As(err, &wrongSyntax):
		return identity{}, fmt.Errorf("line %d: it is not valid JSON: %w", line(data, wrongSyntax.Offset), err)
	case head.Terraform != nil:
		return identity{}, errors.New(`it is a state of Terraform or OpenTofu, not one of Countersign; give another path in state "local"`)
	case head.Version != nil && *head.Version > FormatVersion:
		return identity{}, fmt.Errorf("it has format version %d, written by countersign %s; this program knows versions up to %d: use a newer countersign",
			*head.Version, head.Writer, FormatVersion)
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return identity{}, fmt.Errorf("line %d: %s cannot be a %s", line(data, wrongType.Offset), wrongType.Field,
			wrongType.Value)
	case err != nil || head.Version == nil && head.Lineage == nil && none(head.Serial):
		return identity{}, errors.New("it is JSON, but not a Countersign state: it has no version, lineage and serial")
	}
	var missing []error
	if head.Version == nil || *head.Version < 1 {
		missing = append(missing, errors.New("it has no version"))
	}
	if head.Lineage == nil || *head.Lineage == "" {
		missing = append(missing, errors.New("it has no lineage"))
	}
	var serial uint64
	if none(head.Serial) {
		missing = append(missing, errors.New("it has no serial"))
	} else if serial, err = readSerial(head.Serial); err != nil {
		at := bytes.Index(data, []byte(`"serial"`)) // where a person would look, if it is there more than once
		missing = append(missing, fmt.Errorf("line %d: %w", line(data, int64(at)), err))
	}
	if len(missing) > 0 {
		return identity{}, errors.Join(missing...)
	}
	return identity{*head.Lineage, serial}, nil
}

// Decode reads the text of a state. It refuses, saying why and on which line, what is not a whole state of a
// version this program knows: cut off or damaged text, another program's state, unknown and missing fields, an
// address or a tid that is there twice.
func Decode(data []byte) (State, error) {
	if err := CheckDepth(data); err != nil {
		return State{}, err
	}
	s, err := decode(data)
	if err != nil || s.Version != FormatVersion || s.Lineage == "" || !utf8.Valid(data) {
		if _, other := decodeIdentity(data); other != nil {
			return State{}, other // what kind of text it is says more than where it first surprised
		}
	}
	return s, err
}

func decode(data []byte) (State, error) {
	var s State
	var lines []int // of the bindings
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	seen := map[string]bool{}
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return State{}, errors.Join(errors.New("it is not an object"), err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return State{}, err
		}
		at := line(data, dec.InputOffset())
		name, _ := key.(string)
		if seen[name] {
			return State{}, fmt.Errorf("line %d: %s is there twice", at, name)
		}
		seen[name] = true
		switch name {
		case "version":
			err = dec.Decode(&s.Version)
		case "countersign_version":
			err = dec.Decode(&s.Writer)
		case "lineage":
			err = dec.Decode(&s.Lineage)
		case "serial":
			var text json.RawMessage
			if err = dec.Decode(&text); err == nil {
				s.Serial, err = readSerial(text)
			}
		case "drive":
			err = dec.Decode(&s.Drive)
		case "templates":
			s.Bindings, lines, err = decodeBindings(dec, data)
		case "attachments":
			if err = explained(dec.Decode(&s.Attachments)); err == nil {
				err = errors.Join(s.attachmentProblems()...)
			}
		case "outputs":
			if err = explained(dec.Decode(&s.Outputs)); err == nil {
				err = errors.Join(s.outputProblems()...)
			}
		default:
			err = fmt.Errorf("unknown field %q", name)
		}
		if err != nil {
			return State{}, fmt.Errorf("line %d: %w", at, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return State{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return State{}, fmt.Errorf("line %d: something follows the state", line(data, dec.InputOffset()))
	}
	for _, name := range []string{"version", "lineage", "serial", "templates", "outputs"} {
		if !seen[name] {
			return State{}, fmt.Errorf("it has no %s", name)
		}
	}
	if s.Outputs == nil {
		s.Outputs = map[string]Output{}
	}
	if problems := s.problems(); len(problems) > 0 {
		errs := make([]error, len(problems))
		for i, p := range problems {
			errs[i] = fmt.Errorf("line %d: %w", lines[p.binding], p.err)
		}
		return State{}, errors.Join(errs...)
	}
	for i := range s.Bindings {
		s.Bindings[i].Address, _ = templateAddress(s.Bindings[i].Address)
	}
	for i := range s.Attachments {
		s.Attachments[i].Address, _ = attachmentAddress(s.Attachments[i].Address)
	}
	s.Bindings, s.Attachments = sorted(s.Bindings), sortedAttachments(s.Attachments)
	return s, nil
}

// decodeBindings reads the list of bindings and the lines that they begin on.
func decodeBindings(dec *json.Decoder, data []byte) ([]Binding, []int, error) {
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, nil, errors.Join(errors.New("templates is not a list"), err)
	}
	bindings, lines := []Binding{}, []int{}
	counted, at := int64(0), 1
	for dec.More() {
		start := dec.InputOffset()
		for start < int64(len(data)) && bytes.IndexByte([]byte(", \t\r\n"), data[start]) >= 0 {
			start++
		}
		at += bytes.Count(data[counted:start], []byte("\n"))
		counted = start
		var b Binding
		text := struct { // a field that is missing tells itself from one that is zero
			*Binding
			ID       *int64           `json:"id"`
			ScopeID  *int64           `json:"scope_id"`
			Recorded *schema.Template `json:"recorded"`
		}{Binding: &b}
		err := explained(dec.Decode(&text))
		switch {
		case err != nil:
		case b.Address == "":
			err = errors.New("it has no address")
		case text.ID == nil:
			err = errors.New("it has no id")
		case text.ScopeID == nil:
			err = errors.New("it has no scope_id")
		case text.Recorded == nil:
			err = errors.New("it has no recorded")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("templates: number %d, which begins on line %d: %s: %w", len(bindings)+1, at,
				b.Address, err)
		}
		b.ID, b.ScopeID, b.Recorded = *text.ID, *text.ScopeID, *text.Recorded
		bindings, lines = append(bindings, b), append(lines, at)
	}
	_, err := dec.Token()
	return bindings, lines, err
}

// check holds a state against what Decode demands of its text.
func (s State) check() error {
	var errs []error
	if s.Version > FormatVersion {
		errs = append(errs, fmt.Errorf("its format version is %d, this program knows versions up to %d", s.Version,
			FormatVersion))
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

// line returns the number, from 1, of the line that holds the byte at offset.
func line(data []byte, offset int64) int {
	offset = max(0, min(offset, int64(len(data))))
	return 1 + bytes.Count(data[:offset], []byte("\n"))
}

func invalidUTF8Line(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return line(data, int64(i))
		}
		i += size
	}
	return 0
}
