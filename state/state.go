// Package state is what Countersign must remember between runs: which template on the drive an address stands for, what
// was recorded of it, and which writes are under way. These are values; the package has the text of a state too, and
// folds what a journal says into a state. It reads and writes nothing: package store does. It knows nothing of the
// drive, of configuration files or of plans.
package state

import (
	"time"

	"countersign/schema"
	"countersign/schema/addr"
)

// FormatVersion is the version of a state's text that this program writes. One that is Migrated has the next version,
// so that older programs do not take it for one in use. Newer versions are refused.
const (
	FormatVersion   = 1
	migratedVersion = 2
)

// State is one version of the bindings.
type State struct {
	Version     int               `json:"version"`
	Writer      string            `json:"countersign_version"`   // the program's version that wrote it
	Lineage     string            `json:"lineage"`               // made once, with the first state
	Serial      uint64            `json:"serial"`                // one more with each write
	Drive       string            `json:"drive,omitempty"`       // the endpoint that the ids are of, as last written
	Bindings    []Binding         `json:"templates"`             // sorted by addr.Address.Compare
	Attachments []Attachment      `json:"attachments,omitempty"` // sorted by addr.Address.Compare
	Outputs     map[string]Output `json:"outputs"`

	Migrated *Migrated `json:"migrated,omitempty"` // nil: it is in use
}

// Identity tells one version of one state from all others.
type Identity struct {
	Lineage string `json:"lineage"`
	Serial  uint64 `json:"serial"`
}

// Identity tells this version of the state from all others.
func (s State) Identity() Identity { return Identity{s.Lineage, s.Serial} }

// Migrated marks a state that is not in use where it is kept. Of To and From, one is set.
type Migrated struct {
	To   string    `json:"to,omitempty"`   // where it has gone
	From string    `json:"from,omitempty"` // where it comes from; it has not arrived completely
	At   time.Time `json:"at"`
	By   string    `json:"by"` // the person or machine that moves it
}

// Binding says which template on the drive an address stands for.
type Binding struct {
	Address        addr.Address     `json:"address"`
	ID             int64            `json:"id"`       // the tid; 0 when only Deposed is left of it
	ScopeID        int64            `json:"scope_id"` // the folder or file it is attached to
	Scope          addr.Address     `json:"scope"`    // of that scope when it was last applied
	ScopeKind      schema.ScopeKind `json:"scope_kind,omitempty"`
	ScopePath      string           `json:"scope_path,omitempty"` // for readers
	Recorded       schema.Template  `json:"recorded"`             // as last applied or refreshed
	Sets           []string         `json:"sets"`                 // managed optional attributes, see schema.Declared
	PreventDestroy bool             `json:"prevent_destroy,omitempty"`
	Deposed        []Deposed        `json:"deposed,omitempty"` // replaced ones still to be removed
}

// Deposed is a template that has been replaced by another under the same address and is still to be removed.
type Deposed struct {
	ID       int64           `json:"id"`
	ScopeID  int64           `json:"scope_id"`
	Recorded schema.Template `json:"recorded"`
}

// Output is an output's value as last applied. Sensitive values are stored, as Terraform does; the file is 0600.
type Output struct {
	Value     any  `json:"value"` // as encoding/json decodes it, numbers as json.Number
	Type      any  `json:"type"`  // cty's JSON form of the type
	Sensitive bool `json:"sensitive,omitempty"`
}
