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
	at                                         hcl.Range
	recipients, identity, passphrase, enforced hcl.Expression
}

func decodeEncryption(c *hcl.BodyContent, diags *hcl.Diagnostics) *encryptionBlock {
	b := structure.Single(c, "encryption", diags)
	if b == nil {
		return nil
	}
	in := structure.Content(b.Body, EncryptionSchema, diags)
	return &encryptionBlock{b.DefRange, structure.Expression(in, "recipients"), structure.Expression(in, "identity"),
		structure.Expression(in, "passphrase"), structure.Expression(in, "enforced")}
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

// encryption evaluates the block. A key that is missing is no mistake yet: whoever validates a configuration need not have
// one. ok is false after a mistake, which is reported: a state that is to be encrypted must not be found without that.
func (bs Blocks) encryption(state *Block) (e *Encryption, ok bool) {
	e = EncryptionFromEnviron(bs.Environ)
	if state == nil || state.encryption == nil {
		return e, true
	}
	if e == nil {
		e = new(Encryption)
	}
	e.Sealed, ok = true, true
	block := state.encryption
	b := bs.Binder()
	b.Add(block.recipients)
	b.Add(block.enforced)
	b.Quiet = true
	b.Add(block.identity)
	b.Add(block.passphrase)
	f := b.Frame(state.Address)
	f.Early, f.Secrets = true, true
	for _, key := range []struct {
		name string
		expr hcl.Expression
		into *string
	}{{"identity", block.identity, &e.Identity}, {"passphrase", block.passphrase, &e.Passphrase}} {
		if key.expr == nil {
			continue
		}
		e.By, f.Quiet = key.name, true
		if bs.WrittenOut(key.expr) {
			f.Fail(key.expr, "Secret in a file", "%s is written in the configuration, where whoever reads the files "+
				"or "+
				"their history finds it. Read it with env(…), or leave it out and set %s.", words.Word(key.name),
				words.Word("COUNTERSIGN_STATE_IDENTITY or COUNTERSIGN_STATE_PASSPHRASE"))
			f.Quiet, ok = false, false
			continue
		}
		text, is := f.Text(key.expr, words.Word(key.name))
		f.Quiet = false
		switch {
		case is == eval.Given && text != "":
			if *key.into = text; key.name == "identity" {
				e.IdentityFile = ""
			}
		case is == eval.Wrong:
			ok = false
		}
	}
	if block.identity != nil && block.passphrase != nil || block.passphrase != nil && block.recipients != nil {
		f.FailAt(block.at, nil, "Two ways to encrypt", "Write recipients, with the identity that opens, or identity "+
			"alone, "+
			"or passphrase.")
		ok = false
	}
	if enforced, is := f.Flag(block.enforced, "enforced"); is == eval.Given {
		e.Enforced = enforced
	} else if is != eval.Absent {
		ok = false
	}
	if block.recipients == nil {
		return e, ok
	}
	e.By = "recipients"
	v, is := f.Open(block.recipients, "recipients")
	if is == eval.Wrong {
		return e, false
	}
	var known bool
	if e.Recipients, known = stringList(v); !known {
		f.Fail(block.recipients, "Wrong type", "recipients is whom the state is encrypted for: a list such as "+
			"[\"age1…\"] "+
			"of what age-keygen prints, known here.")
		return e, false
	}
	return e, ok
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
