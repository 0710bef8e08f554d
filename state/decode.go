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

// Identify reads lineage and serial of a text, and checks that it is a whole state of a version this program knows,
// without building it.
func Identify(data []byte) (Identity, error) {
	var head struct {
		Version   *int            `json:"version"`
		Writer    string          `json:"countersign_version"`
		Lineage   *string         `json:"lineage"`
		Serial    json.RawMessage `json:"serial"`
		Terraform *string         `json:"terraform_version"`
	}
	data = WithoutMark(data)
	if len(bytes.TrimSpace(data)) == 0 {
		return Identity{}, errors.New("it is empty")
	}
	if !utf8.Valid(data) {
		return Identity{}, fmt.Errorf("line %d: it is not valid UTF-8", invalidUTF8Line(data))
	}
	err := json.Unmarshal(data, &head)
	var wrongSyntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongSyntax) && wrongSyntax.Error() == "unexpected end of JSON input":
		return Identity{}, errors.New("it ends in the middle: it has been cut off")
	case errors.As(err, &wrongSyntax):
		return Identity{}, fmt.Errorf("line %d: it is not valid JSON: %w", line(data, wrongSyntax.Offset), err)
	case head.Terraform != nil:
		return Identity{}, errors.New("it is a state of Terraform or OpenTofu, not one of Countersign; " +
			`give another path in state "local"`)
	case head.Version != nil && *head.Version > migratedVersion:
		return Identity{}, fmt.Errorf("it has format version %d, written by countersign %s; "+
			"this program knows versions up to %d: use a newer countersign",
			*head.Version, head.Writer, migratedVersion)
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return Identity{}, fmt.Errorf("line %d: %s cannot be a %s", line(data, wrongType.Offset), wrongType.Field,
			wrongType.Value)
	case err != nil || head.Version == nil && head.Lineage == nil && none(head.Serial):
		return Identity{}, errors.New("it is JSON, but not a Countersign state: it has no version, lineage and serial")
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
		return Identity{}, errors.Join(missing...)
	}
	return Identity{*head.Lineage, serial}, nil
}

// Decode reads the text of a state. It refuses, saying why and on which line, what is not a whole state of a
// version this program knows: cut off or damaged text, another program's state, unknown and missing fields, an
// address or a tid that is there twice.
func Decode(data []byte) (State, error) {
	data = WithoutMark(data)
	if err := CheckDepth(data); err != nil {
		return State{}, err
	}
	s, err := decode(data)
	if err != nil || s.Version != s.Format() || s.Lineage == "" || !utf8.Valid(data) {
		if _, other := Identify(data); other != nil {
			return State{}, other // what kind of text it is says more than where the first error is
		}
	}
	if err == nil && s.Version != s.Format() {
		return State{}, fmt.Errorf("it has format version %d, which does not agree with the rest of it", s.Version)
	}
	return s, err
}

// Format is the format version of a state's text.
func (s State) Format() int {
	if s.Migrated != nil {
		return migratedVersion
	}
	return FormatVersion
}

// WithoutMark drops the byte order mark that some editors put before UTF-8 text.
func WithoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }

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
		case "migrated":
			err = dec.Decode(&s.Migrated)
			if m := s.Migrated; err == nil && (m == nil || (m.To == "") == (m.From == "")) {
				err = errors.New("migrated does not say where the state has gone or where it comes from")
			}
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
	s.Bindings, s.Attachments = sorted(s.Bindings), sortedAttachments(s.Attachments)
	return s, nil
}

// decodeBindings reads the list of bindings and the lines that they begin on.
func decodeBindings(dec *json.Decoder, data []byte) ([]Binding, []int, error) {
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, nil, errors.Join(errors.New("templates is not a list"), err)
	}
	bindings, lines := []Binding{}, []int{}
	counted, at, teams := int64(0), 1, schema.Teams{}
	for dec.More() {
		start := dec.InputOffset()
		for start < int64(len(data)) && bytes.IndexByte([]byte(", \t\r\n"), data[start]) >= 0 {
			start++
		}
		at += bytes.Count(data[counted:start], []byte("\n"))
		counted = start
		var b Binding
		text := struct { // a missing field is not one that is zero
			*Binding
			ID       *int64           `json:"id"`
			ScopeID  *int64           `json:"scope_id"`
			Recorded *schema.Template `json:"recorded"`
		}{Binding: &b}
		err := explained(dec.Decode(&text))
		switch {
		case err != nil:
		case b.Address.IsZero():
			err = errors.New("it has no address")
		case text.ID == nil:
			err = errors.New("it has no id")
		case text.ScopeID == nil:
			err = errors.New("it has no scope_id")
		case text.Recorded == nil:
			err = errors.New("it has no recorded")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("templates: number %d, which begins on line %d: %s: %w",
				len(bindings)+1, at, b.Address, err)
		}
		b.ID, b.ScopeID, b.Recorded = *text.ID, *text.ScopeID, *text.Recorded
		teams.Share(b.Recorded.Steps)
		if len(bindings) == cap(bindings) { // append would take many more steps to a large list, and clear each
			bindings = slices.Grow(bindings, len(bindings)+1)
		}
		bindings, lines = append(bindings, b), append(lines, at)
	}
	_, err := dec.Token()
	return bindings, lines, err
}

// MaxSize is how many bytes the text of a state or of a journal may have.
const MaxSize = 1 << 30

// IsState reports whether a text is a state, or the beginning of one: by its beginning, or by all of it where somebody
// has changed the order.
func IsState(r io.ReaderAt) bool {
	head := json.NewDecoder(io.NewSectionReader(r, 0, 4<<10))
	missing := map[any]bool{"version": true, "lineage": true, "serial": true}
	if t, err := head.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for len(missing) > 0 {
		key, err := head.Token()
		var value json.RawMessage
		if err != nil || head.Decode(&value) != nil {
			break
		}
		delete(missing, key)
	}
	if len(missing) == 0 {
		return true
	}
	data, err := io.ReadAll(io.NewSectionReader(r, 0, MaxSize))
	if err != nil {
		return false
	}
	_, err = Identify(data)
	return err == nil
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
