package schema

import "countersign/schema/addr"

// ScopeKind tells a folder from a single file.
type ScopeKind string

const (
	ScopeFolder ScopeKind = "folder"
	ScopeFile   ScopeKind = "file"
)

// Unmanaged says what becomes of live templates in a declared scope that no address stands for.
type Unmanaged string

const (
	UnmanagedReport Unmanaged = "report" // the default
	UnmanagedIgnore Unmanaged = "ignore"
	UnmanagedRemove Unmanaged = "remove" // the scope is wholly owned by the configuration
)

// Scope is a declared folder or file that templates are attached to.
type Scope struct {
	Address   addr.Address `json:"address"` // folder.contracts, file.charter, folder.team["legal"]
	Kind      ScopeKind    `json:"kind"`
	ID        int64        `json:"id"`             // 0 where it is not written: found by following Path
	Path      string       `json:"path,omitempty"` // as written, names joined by /; checked against the drive
	Unmanaged Unmanaged    `json:"unmanaged,omitempty"`
}

// Approver is a declared user. Empty names are to be looked up on the drive.
type Approver struct {
	Address addr.Address `json:"address"`
	Person  Person       `json:"person"`
}

// Declared is one template as the configuration declares it.
type Declared struct {
	Address        addr.Address // template.modify, template.upload["legal"]
	Scope          addr.Address // of its scope
	Template       Template     // ApprovalType as written (name or id); AppliesTo, accesses empty where not written
	Sets           []string     // the optional attributes that the block writes; sorted
	PreventDestroy bool
	IgnoreChanges  []string // attribute names; "all" has been expanded
	Unknown        bool     // some of it is not known yet, and is missing here
	UnknownSteps   bool     // some of its steps is
}

// Import binds a live template to an address.
type Import struct {
	To addr.Address
	ID int64
}

// Declaration is a whole configuration as values: what the files say, nothing that only the drive knows.
// All lists are sorted by address in the order of addr.Address.Compare.
type Declaration struct {
	Scopes      []Scope
	Approvers   []Approver
	Templates   []Declared
	Imports     []Import
	Attachments []Attachment
}

// Facts are what expressions may refer to and only the drive or the state knows.
type Facts struct {
	People    map[int64]Person       // names by user id
	ScopeIDs  map[addr.Address]int64 // ids of scopes declared by path alone, by address
	Templates map[addr.Address]int64 // tid by address
	// Attachments are what was staged, by address; see Staged.
	Attachments map[addr.Address]Staged
}

// Staged is what an expression may say of an attachment: attachment.x.drive.id, attachment.x.dingtalk.form_value
// and attachment.x.dingtalk.files.
type Staged struct {
	DriveID   int64  // 0: not staged on the drive
	FormValue string // "": not staged in DingTalk
	Files     []StagedFile
}

// StagedFile is one file as DingTalk has it.
type StagedFile struct {
	Source    string `json:"source"` // SourceFile.Name
	SpaceID   string `json:"space_id"`
	ID        string `json:"id"`   // the dentry's
	Name      string `json:"name"` // as DingTalk named it
	Size      int64  `json:"size"`
	Extension string `json:"extension"`
}

// Output is one evaluated output of a configuration.
type Output struct {
	Name        string
	Description string
	Value       any  // as encoding/json decodes it, numbers as json.Number; nil while Unknown
	Type        any  // cty's JSON form of the type
	Unknown     bool // depends on something that is known only after apply
	Sensitive   bool
}

// Rewrite says what the block of one template is to declare from now on.
type Rewrite struct {
	Address    addr.Address
	Template   Template     // with everybody's names, as far as they are known; ApprovalType as it is to be written
	Attributes []string     // those of Template that are to be written: AttrTitle, …, AttrStep, AttrCC, and "scope"
	Steps      []int        // with AttrStep, for each step of Template: the index it was declared at, -1 for a new one
	Scope      addr.Address // with "scope"
	Gone       bool         // the template does not exist any more: its block is removed
}
