package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/state"
)

// sealedPlan begins the first line of a saved plan that is sealed.
const sealedPlan = "countersign sealed plan "

// planHead stands in clear before a sealed plan. The configuration leads to the keys that open it.
type planHead struct {
	Config string `json:"config"`
	state.Identity
	Key string `json:"key"`
}

func (h planHead) sealedAs() string {
	return sealedAs(fmt.Sprintf("plan %q", h.Config), h.Identity)
}

// SealPlan returns the text to save of a plan that was made from what was read last, sealed as that is.
func (s *Store) SealPlan(config string, of state.Identity, plan []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	key := s.known.key
	if s.known.id == nil {
		if key, err = s.keyOf(s.known, s.beside); err != nil {
			return nil, err
		}
	}
	if key == "" {
		return s.cipher.Seal("", "", plan)
	}
	h := planHead{config, of, key}
	line, err := json.Marshal(h)
	if err == nil {
		plan, err = s.cipher.Seal(key, h.sealedAs(), plan)
	}
	return append(append([]byte(sealedPlan), append(line, '\n')...), plan...), err
}

// SealedPlan reports whether a text is a sealed plan, and of which configuration.
func SealedPlan(text []byte) (config string, is bool) {
	h, _, err := readPlan(text)
	return h.Config, bytes.HasPrefix(text, []byte(sealedPlan)) && err == nil
}

func readPlan(text []byte) (h planHead, sealed []byte, err error) {
	line, sealed, whole := bytes.Cut(bytes.TrimPrefix(text, []byte(sealedPlan)), []byte("\n"))
	if !whole {
		return h, nil, errors.New("it is cut off")
	}
	return h, sealed, json.Unmarshal(line, &h)
}

// OpenPlan returns a plan that SealPlan has sealed.
func OpenPlan(c Cipher, text []byte) ([]byte, error) {
	h, sealed, err := readPlan(text)
	if err != nil {
		return nil, err
	}
	if h.Key == "" {
		return nil, errors.New("it has no key")
	}
	return c.Open(h.Key, h.sealedAs(), sealed)
}
