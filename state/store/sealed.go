package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"countersign/state"
)

// inClear is the Cipher of a Store without one.
type inClear struct{}

func (inClear) NewKey() (string, error)      { return "", nil }
func (inClear) Renew(string) (string, error) { return "", nil }
func (inClear) For(string) (string, error)   { return "", nil }
func (inClear) Enforced(string) bool         { return false }

func (inClear) Fits(key string) error {
	if key != "" {
		return ErrKey
	}
	return nil
}

func (inClear) Seal(key, _ string, plain []byte) ([]byte, error) {
	if key != "" {
		return nil, ErrKey
	}
	return plain, nil
}

func (inClear) Open(key, _ string, sealed []byte) ([]byte, error) {
	if key != "" {
		return nil, ErrKey
	}
	return sealed, nil
}

// envelope is the text of a sealed state. Lineage and serial stand in clear, as in a state that is not sealed: GitLab
// demands that, and our own files are recognised by it.
type envelope struct {
	Version int `json:"version"`
	state.Identity
	Key    string `json:"key"`
	Sealed []byte `json:"sealed"` // in base64
}

// sealedAs names what is sealed: it opens as nothing else.
func sealedAs(what string, of state.Identity) string {
	return fmt.Sprintf("countersign %s\n%q %d", what, of.Lineage, of.Serial)
}

// sealedLine is sealedAs for one of a journal's entries, of which the heading is number 0.
func sealedLine(of state.Identity, n int) string { return sealedAs("journal "+strconv.Itoa(n), of) }

// sealState returns the text to be kept of a state.
func sealState(c Cipher, key string, of state.Identity, text []byte) ([]byte, error) {
	sealed, err := c.Seal(key, sealedAs("state", of), text)
	if err != nil || key == "" {
		return sealed, err
	}
	text, err = json.MarshalIndent(envelope{state.FormatVersion, of, key, sealed}, "", "  ")
	return append(text, '\n'), err
}

// openState returns the text of a state in clear, and the key that it was sealed with. Lineage and serial must be the
// same outside and inside.
func openState(c Cipher, text []byte) (plain []byte, key string, err error) {
	e, sealed, err := readEnvelope(text)
	if err != nil {
		return nil, "", err
	}
	of := e.Identity
	if !sealed {
		e.Sealed = text
	}
	if plain, err = c.Open(e.Key, sealedAs("state", of), e.Sealed); err != nil || !sealed {
		return plain, "", err
	}
	inside, err := state.Identify(plain)
	if err == nil && inside != of {
		err = fmt.Errorf("it is serial %d of lineage %s outside, and serial %d of lineage %s inside",
			of.Serial, of.Lineage, inside.Serial, inside.Lineage)
	}
	return plain, e.Key, err
}

// inClear refuses what is read in clear, unless that may be.
func (s *Store) inClear() error {
	if s.rekeying || !s.cipher.Enforced("") {
		return nil
	}
	return errors.New("it is in clear, and the configuration enforces that it is encrypted: " +
		"somebody has put it there, or it was never encrypted; " +
		"once you know that it is right, run `countersign state rekey`")
}

// readEnvelope reads a sealed state; sealed is false for any other text.
func readEnvelope(text []byte) (e envelope, sealed bool, err error) {
	if !bytes.Contains(text[:min(len(text), 4<<10)], []byte(`"key"`)) {
		return e, false, nil
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal(state.WithoutMark(text), &keys) != nil || keys["sealed"] == nil && keys["key"] == nil {
		return e, false, nil
	}
	if _, err := state.Identify(text); err != nil {
		return e, true, err
	}
	dec := json.NewDecoder(bytes.NewReader(state.WithoutMark(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return e, true, fmt.Errorf("it is an encrypted state that is damaged: %w", err)
	}
	if e.Key == "" || len(e.Sealed) == 0 {
		return e, true, errors.New("it is an encrypted state that is damaged: its key or what it seals is not there")
	}
	return e, true, nil
}

// Decode is the function Decode for a text that may be sealed.
func (s *Store) Decode(text []byte) (state.State, error) {
	text, _, err := openState(s.cipher, text)
	if err != nil {
		return state.State{}, err
	}
	return state.Decode(text)
}

// keyOf is the key to seal with: that of what is there, as long as it fits the configuration.
func (s *Store) keyOf(now version, journal journalEnd) (string, error) {
	var key string
	switch {
	case now.id != nil:
		key = now.key
	case s.known.id != nil: // it was deleted since it was read
		key = s.known.key
	case journal.of.Lineage != "":
		key = journal.key
	default:
		key, err := s.cipher.NewKey()
		if err != nil {
			return "", fmt.Errorf("the state %s cannot be written: %w", s.Path(), err)
		}
		return key, nil
	}
	if err := s.cipher.Fits(key); err != nil {
		return "", fmt.Errorf("the state %s cannot be written: %w", s.Path(), err)
	}
	return key, nil
}

// Writable returns an error when what was read last cannot be written, because it is not sealed as the configuration
// says.
func (s *Store) Writable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.keyOf(s.known, s.beside)
	return err
}

// Rekey seals what is kept anew as the configuration says, the version before included. whom is for whom it is sealed
// now, "" for in clear; kept is false when there was nothing.
func (s *Store) Rekey(ctx context.Context, writer string) (whom string, kept bool, err error) {
	s.rekeying = true
	st, pending, _, err := s.read(ctx)
	if err != nil {
		return "", false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := s.cipher.Renew(s.presentKey())
	if err == nil {
		whom, err = s.cipher.For(key)
	}
	if err != nil {
		return "", false, fmt.Errorf("the state %s cannot be sealed anew: %w", s.Path(), err)
	}
	if s.known.id == nil && s.beside.of.Lineage == "" {
		return whom, false, nil
	}
	st.Writer = writer
	ctx = context.WithoutCancel(ctx)
	for range 2 { // so that the version before is sealed anew as well
		if st, err = s.replace(ctx, st, s.known.mark, key, pending); err != nil {
			return "", true, err
		}
	}
	return whom, true, nil
}

// Handed is a state sealed for printing, where it must not be printed in clear; nil where it may be.
func (s *Store) Handed(st state.State) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := s.known.key; key != "" && s.cipher.Enforced(key) {
		return s.copyOf(st, key)
	}
	return nil, nil
}

// Copy is the text of a state that could not be written, sealed as it would have been. Push takes it.
func (s *Store) Copy(st state.State) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := s.keyOf(s.known, s.beside)
	if err != nil {
		return nil, err
	}
	if st.Lineage == "" { // it would have been the first
		if st.Lineage = uuid.NewString(); s.journal != nil {
			st.Lineage = s.journal.end.of.Lineage
		}
	}
	return s.copyOf(st, key)
}

func (s *Store) copyOf(st state.State, key string) ([]byte, error) {
	text, err := state.Encode(st)
	if err != nil {
		return nil, err
	}
	return sealState(s.cipher, key, st.Identity(), text)
}

// sealLines makes one entry of lines that are noted together. Only the journal's first line, which says what it
// continues and which key seals it, stays in clear.
func (s *Store) sealLines(w *journalEnd, lines [][]byte) ([][]byte, error) {
	if w.key == "" || len(lines) == 0 {
		return lines, nil
	}
	w.entries++
	sealed, err := s.cipher.Seal(w.key, sealedLine(w.of, w.entries), bytes.Join(lines, []byte("\n")))
	if err != nil {
		return nil, err
	}
	return [][]byte{base64.StdEncoding.AppendEncode(nil, sealed)}, nil
}

// openLines returns the lines of a journal in clear.
func (s *Store) openLines(entries [][]byte) ([][]byte, error) {
	h := headingOf(entries)
	if h == nil {
		return entries, nil
	}
	if h.Key == "" {
		return entries, s.inClear()
	}
	lines := entries[:1:1]
	for n, e := range entries[1:] {
		sealed, err := base64.StdEncoding.AppendDecode(nil, e)
		if err == nil {
			sealed, err = s.cipher.Open(h.Key, sealedLine(h.Identity, n+1), sealed)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+2, err)
		}
		lines = append(lines, bytes.Split(sealed, []byte("\n"))...)
	}
	return lines, nil
}

// headingOf is the heading of a journal; nil when it cannot be read, which decodeJournal reports.
func headingOf(entries [][]byte) *heading {
	var l journalLine
	if len(entries) == 0 || json.Unmarshal(entries[0], &l) != nil {
		return nil
	}
	return l.Journal
}
