package plans

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"countersign/state"
)

// maxSaved bounds the bytes that a saved plan unpacks to: a small file can unpack to more than any machine has.
const maxSaved = 1 << 30

// SavedVersion is the version of the format of saved plans that this program writes; it refuses any other.
const SavedVersion = 4

// Saved is a plan with everything that apply compares before it carries the plan out: which state it was made from, and
// what the configuration said. It holds no secret.
type Saved struct {
	Version int             `json:"version"`
	Writer  string          `json:"countersign_version"`
	Config  string          `json:"config"`    // path of the configuration, relative to where plan was run
	Declare string          `json:"declared"`  // Fingerprint of what the configuration declares
	Drive   string          `json:"drive"`     // the endpoint
	Lineage string          `json:"lineage"`   // of the state; "" when there was none yet
	Serial  uint64          `json:"serial"`    // of the state
	State   string          `json:"state"`     // FingerprintOfState: what the state and its journal said
	Vars    []SavedVariable `json:"variables"` // in the order of the command line
	// The folders of -policy and the variables of -policy-var, so that apply judges by the same policies again.
	Policies   []string        `json:"policies,omitempty"`
	PolicyVars []SavedVariable `json:"policy_variables,omitempty"`
	Plan       *Plan           `json:"plan"`
}

// SavedVariable is one -var, never of a sensitive variable, or one -var-file, by its path.
type SavedVariable struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
	File  string `json:"file,omitempty"`
}

// savedMagic begins the first line of a saved plan; a checksum of everything below that line follows.
const savedMagic = "countersign plan "

// Encode returns the bytes of a saved plan.
func (s Saved) Encode() ([]byte, error) {
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	if err := errors.Join(json.NewEncoder(z).Encode(s), z.Close()); err != nil {
		return nil, fmt.Errorf("encode the plan: %w", err)
	}
	sum := sha256.Sum256(body.Bytes())
	return append([]byte(savedMagic+hex.EncodeToString(sum[:])+"\n"), body.Bytes()...), nil
}

// IsSaved reports whether a file begins as a saved plan does.
func IsSaved(data []byte) bool { return bytes.HasPrefix(data, []byte(savedMagic)) }

// DecodeSaved reads a saved plan. It refuses what is no saved plan, damaged, or of another version, and says which.
func DecodeSaved(data []byte) (*Saved, error) {
	const again = "make the plan again with `countersign plan -out`"
	line, body, whole := bytes.Cut(data, []byte("\n"))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fmt.Errorf("it is empty; %s", again)
	case !IsSaved(data):
		return nil, fmt.Errorf("it is not a plan that `countersign plan -out` has saved")
	case !whole:
		return nil, fmt.Errorf("it is cut off; %s", again)
	}
	sum := sha256.Sum256(body)
	if string(line[len(savedMagic):]) != hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("it is cut off or damaged: its content does not agree with its checksum; %s", again)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w; %s", err, again)
	}
	text, err := io.ReadAll(io.LimitReader(z, maxSaved+1))
	if err == nil && len(text) > maxSaved {
		err = fmt.Errorf("it holds more than %d MB", maxSaved>>20)
	}
	if err == nil {
		err = state.CheckDepth(text)
	}
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w; %s", err, again)
	}
	var head struct {
		Version int    `json:"version"`
		Writer  string `json:"countersign_version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("it is damaged: %w; %s", err, again)
	}
	if head.Version != SavedVersion {
		return nil, fmt.Errorf(
			"it has format version %d, written by countersign %s, and this program knows version %d; %s with this one",
			head.Version, head.Writer, SavedVersion, again)
	}
	var s Saved
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&s); err != nil || s.Plan == nil {
		return nil, fmt.Errorf("it is damaged: it holds no plan (%v); %s", err, again)
	}
	if err := s.Plan.whole(); err != nil {
		return nil, fmt.Errorf("it is damaged: %w; %s", err, again)
	}
	return &s, nil
}

// whole reports what a plan lacks that those who show it or carry it out rely on.
func (p *Plan) whole() error {
	for _, c := range p.Refused {
		if c.After == nil || c.Holder == nil || slices.ContainsFunc(c.Steps, isNothing) {
			return fmt.Errorf("it does not say why %s is refused", c.Address)
		}
	}
	for _, list := range [][]Change{p.Changes, p.HeldBack} {
		for _, c := range list {
			if !slices.Contains([]Action{NoOp, Create, Update, Replace, Remove, Forget}, c.Action) {
				return fmt.Errorf("%s would be done to %s, and there is no such thing", c.Action, c.Address)
			}
			before, after := c.Action != Create, c.Action != Remove && c.Action != Forget
			if before && c.Before == nil || after && c.After == nil {
				return fmt.Errorf("it does not say what %s is or becomes", c.Address)
			}
			if slices.ContainsFunc(c.Steps, isNothing) {
				return fmt.Errorf("a step of %s is nothing", c.Address)
			}
		}
	}
	for _, d := range p.Drift {
		if d.Recorded == nil {
			return fmt.Errorf("it does not say what %s was", d.Address)
		}
		if slices.ContainsFunc(d.Steps, isNothing) {
			return fmt.Errorf("a step of the drift of %s is nothing", d.Address)
		}
	}
	for _, a := range p.Attachments {
		if a.Action != Forget && a.Attachment == nil {
			return fmt.Errorf("it does not say what %s consists of", a.Address)
		}
	}
	return nil
}

// isNothing reports whether a step is neither before nor after.
func isNothing(s StepChange) bool { return s.Before == nil && s.After == nil }
