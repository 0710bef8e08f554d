// Package backend is the state block: where the state is kept, and how that place is reached. What a block leaves out
// comes from the environment; what is secret is kept from everything that is shown.
package backend

import (
	"fmt"
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
	// Path is absolute, or relative to the working directory; of postgres the name, of others the address; "" when it could
	// not be evaluated.
	Path     string
	Folder   string // that the path must not lead out of, as the configuration has chosen it; "": a person has, in Inputs
	HTTP     *HTTP
	Postgres *Postgres
	S3       *S3

	Encryption *Encryption // nil: kept in clear, and there is no key for what is not
}

// Block is a state block of any kind, its attributes by their names.
type Block struct {
	structure.Header
	attributes map[string]hcl.Expression // nil for a kind that is not known
	encryption *encryptionBlock          // nil without one
}

// Schemas is what the block of each kind may hold.
var Schemas = map[string]*hcl.BodySchema{
	"local":    {Attributes: []hcl.AttributeSchema{{Name: "path"}}},
	"http":     httpSchema,
	"postgres": postgresSchema,
	"s3":       s3Schema,
}

// Schema is what the block of a kind may hold, with what all of them may; nil for a kind that is not known.
func Schema(kind string) *hcl.BodySchema {
	shape := Schemas[kind]
	if shape == nil {
		return nil
	}
	return &hcl.BodySchema{Attributes: shape.Attributes, Blocks: []hcl.BlockHeaderSchema{{Type: "encryption"}}}
}

// Decode reads a state block of any kind.
func Decode(b *hcl.Block, diags *hcl.Diagnostics) *Block {
	h := structure.HeaderOf(b, diags)
	shape := Schema(h.Name)
	if shape == nil {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unknown kind of state",
			Detail: fmt.Sprintf("State cannot be kept in %q.%s What there is: \"local\", a file, \"http\", a server "+
				"that speaks the protocol of Terraform's HTTP backend, \"postgres\", a database, and \"s3\", a "+
				"bucket.", h.Name,
				words.DidYouMean(h.Name, slices.Sorted(maps.Keys(Schemas)))),
			Subject: &b.LabelRanges[0], Context: &b.DefRange})
		return &Block{Header: h}
	}
	h.Address = addr.New("state", h.Name)
	block := &Block{Header: h, attributes: map[string]hcl.Expression{}}
	before := len(*diags)
	body := b.Body
	if h.Name == "s3" {
		body = block.takeSecrets(body)
	}
	content := structure.Content(body, shape, diags)
	for name, a := range content.Attributes {
		block.attributes[name] = a.Expr
	}
	block.encryption = decodeEncryption(content, diags)
	if h.Name != "local" {
		for _, d := range (*diags)[before:] {
			d.Extra = diagnostic.Hidden{} // an attribute by a wrong name may be a secret all the same
		}
	}
	return block
}

// Secrets are the attributes of a block that are secrets, by their names.
func (b *Block) Secrets() map[string]hcl.Expression {
	found := map[string]hcl.Expression{}
	for _, name := range sensitive.SecretAttributes {
		if e := b.attributes[name]; e != nil {
			found[name] = e
		}
	}
	if e := b.encryption; e != nil {
		for name, expr := range map[string]hcl.Expression{"identity": e.identity, "passphrase": e.passphrase} {
			if expr != nil {
				found[name] = expr
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

	Restrict   bool                      // where secrets are sent is not up to the configuration, but to the environment
	WrittenOut func(hcl.Expression) bool // reports whether a value stands in the files
}

// State evaluates the state block, or says what holds without one.
func (bs Blocks) State() State {
	var block *Block
	if len(bs.All) > 0 {
		block = bs.All[0]
	}
	s := bs.place()
	encryption, ok := bs.encryption(block)
	if s.Encryption = encryption; !ok {
		s.Path = ""
	}
	return s
}

// place is where the state is, with a block or without one.
func (bs Blocks) place() State {
	s := State{Type: "local", Path: bs.path(bs.Default, nil),
		Folder: bs.Folder}
	if bs.Chosen != "" {
		s = State{Type: "local", Path: bs.path(bs.Chosen, nil)}
	}
	if len(bs.All) == 0 {
		return s
	}
	block := bs.All[0]
	remote := map[string]func(*Block) State{"http": bs.http, "postgres": bs.postgres, "s3": bs.s3}[block.Name]
	if remote != nil {
		if bs.Chosen != "" { // a person's word counts more
			return s
		}
		return remote(block)
	}
	b, at := bs.Binder(), block.attributes["path"]
	b.Add(at)
	f := b.Frame(block.Address)
	f.Early = true
	text, is := f.Text(at, "path")
	if is == eval.Absent {
		return s
	}
	if bs.Chosen != "" && is == eval.Given {
		return s
	}
	s.Path = "" // a path that is wrong or not known must not become another one
	if is != eval.Given {
		return s
	}
	path := disk.Absolute(bs.Folder, text)
	name, inside := confine.Within(bs.Folder, path)
	switch why := Unfit(name); {
	case strings.TrimSpace(text) == "":
		f.Fail(at, "Invalid path", "path is where the state file is kept, such as \"countersign.state.json\".")
	case !inside:
		f.Fail(at, "State outside of the configuration's folder", "%q is outside of the configuration's "+
			"folder. A configuration keeps its state in its own folder: "+
			"what is proposed must not choose which files of this machine are written. To keep it elsewhere, say so "+
			"yourself, with -state=%s or in the environment variable %s.", text, path, words.Word(Env))
	case why != "":
		f.Fail(at, "Invalid path", "%q %s. Give the state a name of its own, such as "+
			"\"countersign.state.json\".", text, words.Word(why))
	default:
		s.Path = bs.path(filepath.Join(bs.Folder, name), at)
	}
	return s
}

// fromOutside reports whether an attribute that says where secrets are sent may have the value that is written: with
// Restrict, only the one that the environment gives too.
func (bs Blocks) fromOutside(f *eval.Frame, expr hcl.Expression, name, value, env string) bool {
	if !bs.Restrict || bs.Environ[env] == value {
		return true
	}
	f.Fail(expr, "Place of the state that a stranger chose", "With -restrict, %s is not up to the configuration: "+
		"what it names is sent the secrets of the state. Set %s; the attribute may then say the same, or be left out.",
		words.Word(name), words.Word(env))
	return false
}

// path is a state's path as it is written on the disk: a state must not be lost because a system, or a repository,
// has its name in another form of Unicode. Where nothing but the journal of a first run is there, the journal says how.
// "" is reported.
func (bs Blocks) path(path string, said hcl.Expression) string {
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
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Several files of one name",
		Detail: fmt.Sprintf("Looking for the state: %s.", err)}
	if said != nil {
		d.Subject = said.Range().Ptr()
	}
	bs.Report(diagnostic.Finding{Diagnostic: d, Address: addr.New("state", "local")})
	return ""
}

// Unfit says why a name in the configuration's folder is none for a state; "" when it is one. There are file
// systems that do not tell capitals from small letters.
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
