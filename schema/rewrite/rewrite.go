// Package rewrite changes the text of configurations, so that accept can write down what was edited by hand on the
// drive. The edits are as small as possible, and their result is evaluated and compared with what was to change before
// it is returned. The package writes no file and knows no drive.
//
// Files is the way in (rewrite.go). Each template's edits are found by template.go, steps.go and people.go, which ask
// package config where values are written down; edit.go and list.go know about text. check.go says whether the result
// is what was wanted, and if not, which rewrite is to blame.
package rewrite

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/schema/config/diagnostic"
	"countersign/schema/hcltext"
)

// File is a file of a configuration with another text.
type File struct {
	Name          string // as config.Source.Files has it
	Before, After []byte // without a byte order mark
}

// Files makes a configuration declare what the list says, by the smallest edits of its text: comments, layout and
// references stay, people are referred to by the blocks that declare them, and people without a block get one. A value
// that is computed by an expression is refused, with its place, and so is an edit that would change more than the list
// names. Either everything is rewritten or nothing.
//
// The configuration must evaluate without a mistake. A file that was in the canonical layout stays so.
func Files(source *config.Source, in config.Inputs, facts *schema.Facts,
	list []schema.Rewrite) ([]File, schema.Diagnostics) {
	if len(list) == 0 {
		return nil, nil
	}
	before, diags := source.Evaluate(in, facts)
	if diags.HasErrors() {
		return nil, diags
	}
	r := newRewriter(source, in, facts, before.Declaration)
	patches := make([]patch, len(list))
	for _, w := range list {
		if w.Gone {
			r.gone[w.Address.Block()] = append(r.gone[w.Address.Block()], w.Address.Key.Text())
		}
	}
	for i, w := range list {
		patches[i] = r.template(w)
	}
	all, clash, at := joined(patches)
	if clash >= 0 {
		because := ""
		if at.shared != "" {
			because = fmt.Sprintf(" (it is reached by %s)", at.shared)
		}
		r.refuse(list[clash].Address, r.rangeAt(at), "Another template is to be rewritten at the same place, and to "+
			"something else%s. Write there by hand what each is to have.", because)
		return nil, source.Diagnostics(r.refused)
	}
	files, short := r.result(append(all, r.approvers()...), list)
	if short == nil && len(r.refused) == 0 {
		return files, nil
	}
	r.blame(list, patches)
	return nil, source.Diagnostics(r.refused)
}

// rewriter is the work of one call of Files.
type rewriter struct {
	source    *config.Source
	in        config.Inputs
	facts     *schema.Facts
	written   *config.Written
	before    schema.Declaration
	declared  map[addr.Address]schema.Template // of before, by address
	file      string                           // the file that was looked at last
	blocks    map[hcl.Pos]*hclsyntax.Block     // its top blocks, by where they begin
	known     map[int64]addr.Address           // of approvers, by user id
	names     map[string]bool                  // of approver blocks
	newcomers []schema.Person                  // who gets a block
	gone      map[addr.Address][]string        // keys of instances that are gone, by their block
	refused   []diagnostic.Finding
}

func newRewriter(source *config.Source, in config.Inputs, facts *schema.Facts, before schema.Declaration) *rewriter {
	r := &rewriter{source: source, in: in, facts: facts, written: source.Written(in, facts), before: before,
		declared: make(map[addr.Address]schema.Template, len(before.Templates)), gone: map[addr.Address][]string{},
		known: map[int64]addr.Address{}, names: map[string]bool{}}
	for _, d := range before.Templates {
		r.declared[d.Address] = d.Template
	}
	for _, a := range before.Approvers {
		r.known[a.Person.ID] = a.Address
		r.names[a.Address.Name] = true
	}
	return r
}

// refuse says why an address cannot be rewritten. A zero range is no place.
func (r *rewriter) refuse(address addr.Address, at hcl.Range, format string, args ...any) {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot take in " + address.String(),
		Detail: fmt.Sprintf(format, args...)}
	if at.Filename != "" {
		d.Subject = &at
	}
	r.refused = append(r.refused, diagnostic.Finding{Diagnostic: d, Address: address})
}

// textOf is the text of a file as it was parsed.
func (r *rewriter) textOf(file string) text { return text{file, r.source.File(file).Bytes} }

// rangeAt is where an edit is made.
func (r *rewriter) rangeAt(e edit) hcl.Range {
	t := r.textOf(e.file)
	at := hcl.Pos{Line: t.line(e.start), Column: 1, Byte: t.lineStart(e.start)}
	return hcl.Range{Filename: e.file, Start: at, End: hcl.Pos{Line: at.Line, Byte: t.lineEnd(e.start)}}
}

// approver is the address of a user's block. A user without a block becomes a newcomer, who gets one.
func (r *rewriter) approver(p schema.Person) string {
	if address, ok := r.known[p.ID]; ok {
		return address.String()
	}
	name := hcltext.ApproverName(p)
	if r.names[name] {
		name = hcltext.Numbered(name, p.ID)
	}
	for r.names[name] {
		name += "_"
	}
	r.names[name], r.known[p.ID] = true, addr.New("approver", name)
	r.newcomers = append(r.newcomers, p)
	return r.known[p.ID].String()
}

// approvers writes the blocks of newcomers after the last approver block.
func (r *rewriter) approvers() patch {
	if len(r.newcomers) == 0 {
		return nil
	}
	var w hcltext.Writer
	slices.SortFunc(r.newcomers, func(a, b schema.Person) int { return cmp.Compare(a.ID, b.ID) })
	for _, p := range r.newcomers {
		w.Line("")
		w.Approver(r.known[p.ID].Name, p)
	}
	var last *hclsyntax.Block
	var first string // of the files that can be rewritten
	for _, name := range r.source.Files {
		body := r.native(name)
		if body == nil {
			continue
		}
		first = cmp.Or(first, name)
		for _, b := range body.Blocks {
			if b.Type == "approver" {
				last = b
			}
		}
	}
	if last == nil { // all approvers are declared in JSON
		end := len(r.source.File(first).Bytes)
		return patch{{file: first, start: end, end: end, text: w.String(), early: true}}
	}
	t := r.textOf(last.TypeRange.Filename)
	at := t.lineEnd(last.CloseBraceRange.End.Byte)
	return patch{{file: t.name, start: at, end: at, text: "\n" + strings.TrimSuffix(w.String(), "\n"), early: true}}
}

// blockAt is the top block that begins somewhere; nil in JSON.
func (r *rewriter) blockAt(at hcl.Range) *hclsyntax.Block {
	if r.file != at.Filename {
		r.file, r.blocks = at.Filename, map[hcl.Pos]*hclsyntax.Block{}
		if body := r.native(at.Filename); body != nil {
			for _, b := range body.Blocks {
				r.blocks[b.TypeRange.Start] = b
			}
		}
	}
	return r.blocks[at.Start]
}

// native is the body of a file in HCL's own syntax; nil for JSON, which is not rewritten.
func (r *rewriter) native(file string) *hclsyntax.Body {
	parsed := r.source.File(file)
	if parsed == nil {
		return nil
	}
	body, _ := parsed.Body.(*hclsyntax.Body)
	return body
}

// shortfall is what is wrong with a rewritten configuration.
type shortfall struct {
	diags   schema.Diagnostics // it has mistakes
	missed  []addr.Address     // those that do not declare what they should
	changed []string           // addresses that changed and should not have
}

// result makes a patch's edits and checks what comes of them against the list.
func (r *rewriter) result(p patch, list []schema.Rewrite) ([]File, *shortfall) {
	files := make([]File, 0, 2)
	texts := map[string][]byte{}
	for _, name := range p.files() {
		before := r.source.File(name).Bytes
		after := p.apply(name, before)
		if canonical, diags := config.Format(before, name); !diags.HasErrors() && bytes.Equal(canonical, before) {
			if laidOut, diags := config.Format(after, name); !diags.HasErrors() {
				after = laidOut
			}
		}
		texts[name] = after
		files = append(files, File{name, before, after})
	}
	source, diags := r.source.With(texts)
	if diags.HasErrors() {
		return nil, &shortfall{diags: diags}
	}
	after, diags := source.Evaluate(r.in, r.facts)
	if diags.HasErrors() {
		return nil, &shortfall{diags: diags}
	}
	if w := compare(r.before, after.Declaration, list); len(w.missed)+len(w.changed) > 0 {
		return nil, &w
	}
	return files, nil
}
