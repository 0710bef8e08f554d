package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"countersign/schema/addr"
)

// Attachment is a declared set of files to be staged, so that an approval can be raised with them.
type Attachment struct {
	Address  addr.Address
	Files    []SourceFile // sorted by Name; none with Flows
	Flows    []string     // Tencent e-sign flows whose signed contracts are fetched when applied; none with Files
	Drive    bool         // stage as an approval attachment of the drive
	DingTalk *DingTalkTarget
}

// SourceFile is one file of an attachment. Size and SHA256 are filled in when it is read, which evaluating a
// configuration does not.
type SourceFile struct {
	Name   string `json:"name"` // its place in the attachment, folders and name joined by /
	Path   string `json:"-"`    // where it is read
	Folder string `json:"-"`    // Path must not lead out of it; "" where a person has named the file
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // lower-case hex
}

// Conflict says what happens to a file when DingTalk's folder has one of that name already.
type Conflict string

const (
	ConflictRename    Conflict = "rename" // the default: the new file gets another name
	ConflictOverwrite Conflict = "overwrite"
	ConflictReuse     Conflict = "reuse" // the old file is used
	ConflictFail      Conflict = "fail"
)

// DingTalkTarget is where in DingTalk an attachment is staged, and who is to see it.
type DingTalkTarget struct {
	UserID     string // of the user in whose name it is staged
	UnionID    string // of the same user
	FolderID   string // "0" is the root of the approval space
	OnConflict Conflict
	Previews   []Preview
	Links      []string // ids of conversations into which a link is posted
}

// Preview lets a user preview the files in one approval instance.
type Preview struct {
	UserID            string `json:"user_id"`
	ProcessInstanceID string `json:"process_instance_id"`
}

// Digest identifies an attachment's content: the names, sizes and hashes of its files, or its flows. When it has not
// changed, nothing has to be staged again.
func (a Attachment) Digest() string {
	h := sha256.New()
	for _, f := range a.Files {
		fmt.Fprintf(h, "file %q %d %s\n", f.Name, f.Size, f.SHA256)
	}
	for _, f := range a.Flows {
		fmt.Fprintf(h, "flow %q\n", f)
	}
	return hex.EncodeToString(h.Sum(nil))
}
