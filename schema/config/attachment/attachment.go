// Package attachment reads and evaluates attachment blocks: which files or contracts are staged, and where. It finds
// the files, but does not read them.
package attachment

import (
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
)

// Block is an attachment block.
type Block struct {
	structure.Object
	Contract *contractBlock // nil without one
	drive    bool
	DingTalk *dingtalkBlock // nil without one
}

// contractBlock is an attachment's contract block.
type contractBlock struct {
	structure.Attributes
	At hcl.Range
}

// Schema is what an attachment block may hold.
var Schema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "files"}, {Name: "base"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "contract"}, {Type: "drive"}, {Type: "dingtalk"}},
}

var (
	ContractSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "flows", Required: true}}}
	driveSchema    = &hcl.BodySchema{}
)

// Attributes is what expressions see of an attachment. Lacks says which of them one does not have.
var Attributes = []string{"address", "dingtalk", "drive", "files"}

// maxFlows is how many contracts one attachment may have.
const maxFlows = 1000

// Declared is one instance of a block.
type Declared struct {
	schema.Attachment
	block *Block
	known bool // all its files were found
}

// Decode reads an attachment block.
func Decode(b *hcl.Block, diags *hcl.Diagnostics) *Block {
	c := structure.Content(b.Body, Schema, diags)
	a := &Block{Object: structure.ObjectOf(b, c, diags)}
	if block := c.Single("contract", diags); block != nil {
		a.Contract = &contractBlock{structure.Content(block.Body, ContractSchema, diags).Attributes, block.DefRange}
	}
	if block := c.Single("drive", diags); block != nil {
		structure.Content(block.Body, driveSchema, diags)
		a.drive = true
	}
	if block := c.Single("dingtalk", diags); block != nil {
		a.DingTalk = decodeDingTalk(block, diags)
	}

	wrong := func(at hcl.Range, summary, detail string) {
		*diags = append(*diags, diagnostic.Error(at, summary, "%s %s", a.Address, detail))
	}
	const both = "What it is made of is either files, by their paths, or contract { flows = […] }, the signed " +
		"contracts of Tencent e-sign flows."
	files, base := a.Expr("files"), a.Expr("base")
	switch {
	case files != nil && a.Contract != nil:
		wrong(a.Contract.At, "Two sources for one attachment", "has both files and contract. "+both+
			" Remove one, or make two attachments.")
	case files == nil && a.Contract == nil && !c.Misspelt("files", "contract"):
		wrong(a.At, "Attachment of nothing", "has neither files nor contract. "+both+" Add one.")
	case a.Contract != nil && base != nil:
		wrong(base.Range(), "base without files", "has contracts, which have no folder. Remove base.")
	}
	if !a.drive && a.DingTalk == nil && !c.Misspelt("drive", "dingtalk") {
		wrong(a.At, "Attachment without a target", "is staged nowhere. Add drive {} to stage it on the drive, or "+
			"dingtalk { … } to stage it in DingTalk, or both.")
	}
	return a
}

// Evaluate evaluates the instances of the block, and adds them to as.
func (a *Block) Evaluate(as *Attachments) (eval.Result, bool) {
	b := as.Bind(&a.Object)
	if a.Contract != nil {
		b.AddAll(a.Contract.Attributes, a.Own()...)
	}
	if a.DingTalk != nil {
		a.DingTalk.bind(b, a.Own())
	}
	return eval.Collect(b, &a.Object, &as.All, func(f *eval.Frame) Declared {
		d := Declared{Attachment: schema.Attachment{Address: f.Address, Drive: a.drive}, block: a}
		f.Early = true
		d.Files, d.known = a.sourceFiles(as, f)
		if a.Contract != nil {
			d.Flows = a.Contract.instance(f)
		}
		f.Early = false
		if a.DingTalk != nil {
			d.DingTalk = a.DingTalk.instance(f)
		}
		return d
	}, as.value)
}

// instance evaluates the flows. They are sorted: contracts have no order, so another order makes no other attachment.
func (c *contractBlock) instance(f *eval.Frame) []string {
	expr := c.Expr("flows")
	v, found := f.Open(expr, "flows")
	if f.Required(expr, "flows", found) != eval.Given {
		return nil
	}
	listed, found := listOf(f, v, expr, "flows", "a list of strings")
	if found != eval.Given {
		return nil
	}
	switch n := len(listed); {
	case n == 0:
		f.Fail(expr, "Contract without flows", "flows is empty, so there is no contract to stage. List the id of "+
			"at least one Tencent e-sign flow.")
	case n > maxFlows:
		f.Fail(expr, "Too many flows", "flows has %d ids, and one attachment takes up to %d. Make several "+
			"attachments of them.", n, maxFlows)
	}
	seen := map[string]bool{}
	flows := make([]string, 0, len(listed))
	for _, flow := range listed {
		switch {
		case flow.text == "" || strings.ContainsFunc(flow.text, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r)
		}):
			f.FailAt(flow.at, expr, "Invalid flow", "%q is not the id of a Tencent e-sign flow, such as "+
				"\"yDwivUUckpor6wtoUuogwQHCAB0ES0pQ\".", flow.text)
		case seen[flow.text]:
			f.FailAt(flow.at, expr, "Flow twice", "The flow %q is listed twice, so its contract would be staged "+
				"twice. Remove one of the two.", flow.text)
		default:
			flows = append(flows, flow.text)
		}
		seen[flow.text] = true
	}
	slices.Sort(flows)
	return flows
}

// Lacks says why an attachment of this block lacks one of the Attributes; "" when it does not.
func (a *Block) Lacks(attribute string) string {
	switch {
	case attribute == "drive" && !a.drive:
		return a.Address.String() + " is not staged on the drive, so it has no drive. Add drive {} to it."
	case attribute == "dingtalk" && a.DingTalk == nil:
		return a.Address.String() + " is not staged in DingTalk, so it has no dingtalk. Add dingtalk { … } to it."
	case attribute == "files" && a.Expr("files") == nil && a.Contract != nil:
		return a.Address.String() + " is made of contracts, whose names are known only when they are fetched, so it " +
			"has no files. Use those of dingtalk.files once it is staged."
	}
	return ""
}

// stagedFileType is what expressions see of a file in DingTalk.
var stagedFileType = cty.Object(map[string]cty.Type{"source": cty.String, "id": cty.String, "name": cty.String,
	"space_id": cty.String,
	"size":     cty.Number, "extension": cty.String})

// value is what expressions see of an attachment: the names of its files, and what each system has given for it, which
// is unknown until it is staged.
func (as *Attachments) value(d Declared) cty.Value {
	var staged schema.Staged
	if as.Facts != nil {
		staged = as.Facts.Attachments[d.Address]
	}
	a := map[string]cty.Value{"address": cty.StringVal(d.Address.String())}
	if d.block.Expr("files") != nil || d.block.Contract == nil {
		a["files"] = cty.UnknownVal(cty.List(cty.String))
		if d.known && len(d.Files) > 0 {
			names := make([]cty.Value, len(d.Files))
			for i, file := range d.Files {
				names[i] = cty.StringVal(file.Name)
			}
			a["files"] = cty.ListVal(names)
		}
	}
	if d.Drive {
		id := cty.UnknownVal(cty.Number)
		if staged.DriveID != 0 {
			id = cty.NumberIntVal(staged.DriveID)
		}
		a["drive"] = cty.ObjectVal(map[string]cty.Value{"id": id})
	}
	if d.DingTalk != nil {
		value, files := cty.UnknownVal(cty.String), cty.UnknownVal(cty.List(stagedFileType))
		if staged.FormValue != "" {
			value, files = cty.StringVal(staged.FormValue), stagedFilesValue(staged.Files)
		}
		a["dingtalk"] = cty.ObjectVal(map[string]cty.Value{"form_value": value, "files": files})
	}
	return cty.ObjectVal(a)
}

func stagedFilesValue(files []schema.StagedFile) cty.Value {
	if len(files) == 0 {
		return cty.ListValEmpty(stagedFileType)
	}
	values := make([]cty.Value, len(files))
	for i, f := range files {
		values[i] = cty.ObjectVal(map[string]cty.Value{"source": cty.StringVal(f.Source), "id": cty.StringVal(f.ID),
			"name":     cty.StringVal(f.Name),
			"space_id": cty.StringVal(f.SpaceID), "size": cty.NumberIntVal(f.Size),
			"extension": cty.StringVal(f.Extension)})
	}
	return cty.ListVal(values)
}
