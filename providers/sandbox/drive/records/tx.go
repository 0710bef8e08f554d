// Package records is what the sandbox's drive keeps: users and tokens, folders and files, templates, approvals,
// attachments, and the rights that approvals gave, each found by its id or refused with the drive's code. It answers no
// call and decides no approval: package drive does.
package records

import (
	"time"

	"countersign/providers/sandbox/store"
)

const (
	UsersBucket    = "users"    // user id → StoredUser
	tokensBucket   = "tokens"   // SHA-256 of a token → user id
	FilesBucket    = "files"    // file id → File
	ChildrenBucket = "children" // parent id, name → file id
	TempletsBucket = "templets" // templet id → Templet, as the wire has it
	attachedBucket = "attached" // file id, templet id → nothing

	ApprovalsBucket   = "approvals"   // approval id → Approval
	ConcernsBucket    = "concerns"    // concern, user or file id, approval id → nothing; numbers the handlings
	RightsBucket      = "rights"      // file id, user id → Right that an approval gave
	AttachmentsBucket = "attachments" // id, of the same sequence as files' → Attachment
	EnclosedBucket    = "enclosed"    // parent id, name → id of what lies in a folder of an attachment
)

// Layout is the drive's part of a database. A new one holds the example world of the vendor's document, with random
// tokens.
var Layout = store.Layout{
	Buckets: []string{UsersBucket, tokensBucket, FilesBucket, ChildrenBucket, TempletsBucket, attachedBucket},
	Later:   []string{ApprovalsBucket, ConcernsBucket, RightsBucket, AttachmentsBucket, EnclosedBucket},
	Fill:    func(t store.Tx) { fillExample(Tx{t}) },
}

// Tx is one transaction with the drive's nouns as methods.
type Tx struct{ store.Tx }

// find returns the record with an id, or refuses.
func find[V any](t Tx, bucket string, id int64, code int, words string) (v V, err error) {
	if !t.Get(bucket, store.Key(id), &v) {
		err = Refuse(code, "%s: %d", words, id)
	}
	return v, err
}

// Now is the drive's clock, in Unix seconds.
func Now() int64 { return time.Now().Unix() }
