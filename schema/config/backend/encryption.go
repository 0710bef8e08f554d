package backend

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// Encryption says what a state is sealed for, and what opens it: the encryption block of the state block, with the keys
// that the environment gives. They are here without a block too, for a state that is encrypted all the same.
type Encryption struct {
	Sealed     bool   // there is a block
	By         string // which of recipients, identity and passphrase it writes; "" for none of them
	Enforced   bool
	Recipients []string

	Identity, IdentityFile, Passphrase string
	OldIdentity, OldPassphrase         string
}

// String leaves the secrets out, so that a block printed by mistake shows none.
func (Encryption) String() string { return "encryption" }

// GoString is String, for %#v.
func (e Encryption) GoString() string { return e.String() }

// The environment variables that give keys.
const (
	IdentityEnv      = "COUNTERSIGN_STATE_IDENTITY"
	identityFileEnv  = IdentityEnv + "_FILE"
	passphraseEnv    = "COUNTERSIGN_STATE_PASSPHRASE"
	oldIdentityEnv   = "COUNTERSIGN_STATE_OLD_IDENTITY"
	oldPassphraseEnv = "COUNTERSIGN_STATE_OLD_PASSPHRASE"
)

// EncryptionSchema is what the block may hold.
var EncryptionSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "recipients"}, {Name: "identity"},
	{Name: "passphrase"}, {Name: "enforced"}}}

// encryptionBlock is the block as it is written.
type encryptionBlock struct {
	structure.Attributes
	at hcl.Range
}

// expr is the expression of an attribute; nil where it, or the block, is not written.
func (b *encryptionBlock) expr(name string) hcl.Expression {
	if b == nil {
		return nil
	}
	return b.Expr(name)
}

func decodeEncryption(c structure.Body, diags *hcl.Diagnostics) *encryptionBlock {
	b := c.Single("encryption", diags)
	if b == nil {
		return nil
	}
	return &encryptionBlock{structure.Content(b.Body, EncryptionSchema, diags).Attributes, b.DefRange}
}

// EncryptionFromEnviron are the keys that the environment alone gives; nil without any.
func EncryptionFromEnviron(environ map[string]string) *Encryption {
	e := Encryption{Identity: environ[IdentityEnv], IdentityFile: environ[identityFileEnv],
		Passphrase: environ[passphraseEnv], OldIdentity: environ[oldIdentityEnv],
		OldPassphrase: environ[oldPassphraseEnv]}
	if e.Identity+e.IdentityFile+e.Passphrase+e.OldIdentity+e.OldPassphrase == "" {
		return nil
	}
	return &e
}

// encryption evaluates the block. A missing key is no mistake yet: whoever validates a configuration need not have one.
// ok is false after a mistake, which is reported: a state that is to be encrypted must not be opened without that.
func (bs Blocks) encryption(state *Block) (e *Encryption, ok bool) {
	e = EncryptionFromEnviron(bs.Environ)
	block := state.encryption
	if block == nil {
		return e, true
	}
	if e == nil {
		e = new(Encryption)
	}
	e.Sealed = true
	r := bs.reader(state.Address, block.at, block.Attributes, "")
	r.f.Secrets = true
	if r.key("identity", &e.Identity, &e.By) {
		e.IdentityFile = ""
	}
	r.key("passphrase", &e.Passphrase, &e.By)
	identity, passphrase, recipients := block.Expr("identity"), block.Expr("passphrase"), block.Expr("recipients")
	if passphrase != nil && (identity != nil || recipients != nil) {
		r.f.FailAt(block.at, nil, "Two ways to encrypt", "Write recipients, with the identity that opens, or identity "+
			"alone, or passphrase.")
		r.sound = false
	}
	r.flag("enforced", &e.Enforced)
	if recipients == nil {
		return e, r.sound
	}
	e.By = "recipients"
	v, is := r.f.Open(recipients, "recipients")
	if is == eval.Wrong {
		return e, false
	}
	var known bool
	if e.Recipients, known = stringList(v); !known {
		r.wrong("recipients", "Wrong type", "recipients is whom the state is encrypted for: a list such as "+
			"[\"age1…\"] of what age-keygen prints, known here.")
	}
	return e, r.sound
}

// key reads a key, which must not stand in the files, and notes in by that it is written. It reports whether there is
// one.
func (r *reader) key(name string, into, by *string) bool {
	expr := r.Expr(name)
	if expr == nil {
		return false
	}
	*by = name
	r.f.Quiet = true
	defer func() { r.f.Quiet = false }()
	if r.bs.WrittenOut(expr) {
		r.wrong(name, "Secret in a file", "%s is written in the configuration, where whoever reads the files or their "+
			"history finds it. Read it with env(…), or leave it out and set %s.", words.Word(name),
			words.Word(IdentityEnv+" or "+passphraseEnv))
		return false
	}
	var text string
	if !r.text(name, &text) || text == "" {
		return false
	}
	*into = text
	return true
}

// stringList reads a list, a tuple or a set of strings that is not empty.
func stringList(v cty.Value) ([]string, bool) {
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() || v.Type().IsMapType() || v.Type().IsObjectType() {
		return nil, false
	}
	var texts []string
	for it := v.ElementIterator(); it.Next(); {
		_, value := it.Element()
		if value.IsNull() || value.Type() != cty.String {
			return nil, false
		}
		texts = append(texts, value.AsString())
	}
	return texts, len(texts) > 0
}
