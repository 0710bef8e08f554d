// Package backend reads and evaluates the state block: where the state is kept, and how that place is reached. What a
// block leaves out comes from the environment. Secrets stay out of everything that is shown. It opens no state.
package backend

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/confine"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/eval"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// State is where the state is kept.
type State struct {
	Type string // "local", "http", "postgres", "s3"
	// Path is absolute, or relative to the working directory; of postgres the name, of others the address; "" when it
	// could not be evaluated.
	Path     string
	Folder   string // that the path must not lead out of; "": a person has chosen it, in Inputs
	HTTP     *HTTP
	Postgres *Postgres
	S3       *S3

	Encryption *Encryption // nil: kept in clear, and there is no key for what is not
}

// Block is a state block of any kind. One of an unknown kind has no attributes.
type Block struct {
	structure.Object
	credentials map[string]hcl.Expression // attributes that must not stand in files, and do; see s3Credentials
	encryption  *encryptionBlock          // nil without one
}

// Schemas are those of the blocks, by the kind of state, without what all kinds may hold.
var Schemas = map[string]*hcl.BodySchema{
	"local":    {Attributes: []hcl.AttributeSchema{{Name: "path"}}},
	"http":     httpSchema,
	"postgres": postgresSchema,
	"s3":       s3Schema,
}

// Schema is that of the block of a kind; nil for an unknown kind.
func Schema(kind string) *hcl.BodySchema {
	shape := Schemas[kind]
	if shape == nil {
		return nil
	}
	return &hcl.BodySchema{Attributes: shape.Attributes, Blocks: []hcl.BlockHeaderSchema{{Type: "encryption"}}}
}

// Decode reads a state block of any kind.
func Decode(b *hcl.Block, diags *hcl.Diagnostics) *Block {
	kind := b.Labels[0]
	shape := Schema(kind)
	if shape == nil {
		*diags = append(*diags, diagnostic.Error(b.LabelRanges[0], "Unknown kind of state", "State cannot be kept in "+
			"%q.%s What there is: \"local\", a file, \"http\", a server that speaks the protocol of Terraform's HTTP "+
			"backend, \"postgres\", a database, and \"s3\", a bucket.", kind,
			words.DidYouMean(kind, slices.Sorted(maps.Keys(Schemas)))))
		return &Block{Object: structure.ObjectOf(b, structure.Body{}, diags)}
	}
	block := &Block{}
	before := len(*diags)
	body := b.Body
	if kind == "s3" {
		block.credentials, body = takeCredentials(body)
	}
	content := structure.Content(body, shape, diags)
	block.encryption = decodeEncryption(content, diags)
	if kind != "local" {
		for _, d := range (*diags)[before:] {
			d.Extra = diagnostic.Hidden{} // an attribute by a wrong name may still be a secret
		}
	}
	block.Object = structure.ObjectOf(b, content, diags)
	return block
}

// Secrets are the attributes of a block that are secrets, by name.
func (b *Block) Secrets() map[string]hcl.Expression {
	found := map[string]hcl.Expression{}
	for _, name := range sensitive.SecretAttributes {
		for _, e := range []hcl.Expression{b.Expr(name), b.credentials[name], b.encryption.expr(name)} {
			if e != nil {
				found[name] = e
			}
		}
	}
	return found
}

// Blocks are the state blocks of a configuration, one at most, and what they are evaluated with.
type Blocks struct {
	*eval.Evaluator
	All     []*Block
	Environ map[string]string
	Folder  string // of the configuration
	Default string // where the state is without a block
	Chosen  string // where a person has said that it is; "": nowhere

	Restrict   bool                      // the environment, not the configuration, says where secrets are sent
	WrittenOut func(hcl.Expression) bool // reports whether a value stands in the files
}

// State evaluates the state block, or says where the state is without one. Its Path is "" after a mistake, which is
// reported: a wrong place must not become another one.
func (bs Blocks) State() State {
	if len(bs.All) == 0 {
		s := bs.usual()
		s.Encryption = EncryptionFromEnviron(bs.Environ)
		return s
	}
	block := bs.All[0]
	s := bs.place(block)
	encryption, ok := bs.encryption(block)
	if s.Encryption = encryption; !ok {
		s.Path = ""
	}
	return s
}

// usual is where the state is without a block, or where a person has said that it is.
func (bs Blocks) usual() State {
	if bs.Chosen != "" {
		return State{Type: "local", Path: bs.path(bs.Chosen, nil)}
	}
	return State{Type: "local", Path: bs.path(bs.Default, nil), Folder: bs.Folder}
}

// place is where a block says that the state is. What a person has said counts more.
func (bs Blocks) place(block *Block) State {
	remote := map[string]func(*Block) State{"http": bs.http, "postgres": bs.postgres, "s3": bs.s3}[block.Name]
	switch {
	case remote == nil:
		return bs.local(block)
	case bs.Chosen != "":
		return bs.usual()
	}
	return remote(block)
}

// local evaluates a block of a file.
func (bs Blocks) local(block *Block) State {
	s := bs.usual()
	at := block.Expr("path")
	f := bs.Bind(&block.Object).Frame(block.Address)
	f.Early = true
	text, is := f.Text(at, "path")
	if is == eval.Absent || is == eval.Given && bs.Chosen != "" {
		return s
	}
	s.Path = ""
	if is != eval.Given {
		return s
	}
	path := disk.Absolute(bs.Folder, text)
	name, inside := confine.Within(bs.Folder, path)
	switch why := Unfit(name); {
	case strings.TrimSpace(text) == "":
		f.Fail(at, "Invalid path", "path is where the state file is kept, such as \"countersign.state.json\".")
	case !inside:
		f.Fail(at, "State outside of the configuration's folder", "%q is outside of the configuration's folder. A "+
			"configuration keeps its state in its own folder: what is proposed must not choose which files of this "+
			"machine are written. To keep it elsewhere, say so yourself, with -state=%s or "+
			"in the environment variable %s.", text, path, words.Word(Env))
	case why != "":
		f.Fail(at, "Invalid path", "%q %s. Give the state a name of its own, such as \"countersign.state.json\".",
			text, words.Word(why))
	default:
		s.Path = bs.path(filepath.Join(bs.Folder, name), at)
	}
	return s
}

// path is a state's path in the form of Unicode that the disk has: a state must not be lost because a system, or a
// repository, writes its name in another form. Where only the journal of a first run is there, its name decides.
// written is the attribute that says the path, nil for none. "" means that there are several, which is reported.
func (bs Blocks) path(path string, written hcl.Expression) string {
	stem, json := strings.CutSuffix(path, ".json")
	found, err := disk.Path(path)
	if _, missing := os.Lstat(found); err == nil && missing != nil {
		var journal string
		if journal, err = disk.Path(stem + ".journal"); err == nil && journal != stem+".journal" {
			if found = strings.TrimSuffix(journal, ".journal"); json {
				found += ".json"
			}
		}
	}
	if err == nil {
		return found
	}
	var at hcl.Range
	if written != nil {
		at = written.Range()
	}
	bs.ReportAt(addr.New("state", "local"), at, "Several files of one name", "Looking for the state: %s.", err)
	return ""
}

// Unfit says why a name in the configuration's folder must not be that of a state; "" when it may be. Some file systems
// do not distinguish capitals from small letters.
func Unfit(name string) string {
	name = strings.ToLower(name)
	for part := range strings.SplitSeq(name, string(filepath.Separator)) {
		switch part {
		case ".countersign":
			return "is in the folder of the embedded drive's data"
		case ".git":
			return "is in git's own folder"
		}
	}
	base := filepath.Base(name)
	switch {
	case name == ".":
		return "is the configuration's folder itself"
	case strings.HasSuffix(base, ".hcl"), strings.HasSuffix(base, ".hcl.json"):
		return "is named as a configuration"
	case strings.HasSuffix(base, ".backup"), strings.HasSuffix(base, ".journal"), strings.HasSuffix(base, ".lock"),
		strings.HasPrefix(base, ".new-"):
		return "is named as what is kept beside a state"
	}
	return ""
}

// Env is the environment variable that says where the state is, as the flag -state does.
const Env = "COUNTERSIGN_STATE"
