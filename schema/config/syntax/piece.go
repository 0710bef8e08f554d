package syntax

import (
	"bytes"
	"context"
	"errors"
	"runtime"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/internal/crash"
	"countersign/internal/parallel"
)

// pieceSize is the size in bytes from which on a file is parsed in pieces. HCL's parser first makes a list of all
// tokens, which takes a hundred times the memory of the text; a piece's list is gone before the next one is made.
const pieceSize = 128 << 10

// errMisplaced says that a file has attributes outside of blocks. It is a mistake that is best reported of the whole
// file.
var errMisplaced = errors.New("attribute outside of a block")

// parseNative is hclsyntax.ParseConfig, for a large file in pieces of about size bytes that are parsed side by
// side. A cut in the wrong place, in the middle of a heredoc for example, leaves both pieces unfinished: then,
// as for any mistake, the file is parsed whole.
func parseNative(src []byte, name string, size int) (*hcl.File, hcl.Diagnostics) {
	pieces := split(src, size)
	if len(pieces) < 2 {
		return hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	}
	bodies := make([]*hclsyntax.Body, len(pieces))
	group, _ := parallel.New(context.Background(), runtime.GOMAXPROCS(0))
	start := hcl.InitialPos
	for i, piece := range pieces {
		at := start
		group.Go(func() error {
			file, diags := hclsyntax.ParseConfig(piece, name, at)
			if diags.HasErrors() {
				return diags
			}
			bodies[i] = file.Body.(*hclsyntax.Body)
			if len(bodies[i].Attributes) > 0 {
				return errMisplaced
			}
			return nil
		})
		start.Line += bytes.Count(piece, []byte("\n"))
		start.Byte += len(piece)
	}
	if err := crash.Raise(group.Wait()); err != nil {
		if !atOnce(src) {
			found, mistakes := err.(hcl.Diagnostics)
			if !mistakes {
				found = hcl.Diagnostics{refusal(src, name, 0, "Too much at once", errTokens.Error())}
			}
			return &hcl.File{Bytes: src, Body: hcl.EmptyBody()}, found
		}
		return hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	}
	whole := &hclsyntax.Body{Attributes: hclsyntax.Attributes{},
		SrcRange: hcl.RangeBetween(bodies[0].SrcRange, bodies[len(bodies)-1].SrcRange),
		EndRange: bodies[len(bodies)-1].EndRange}
	for _, body := range bodies {
		whole.Blocks = append(whole.Blocks, body.Blocks...)
	}
	return &hcl.File{Body: whole, Bytes: src}, nil
}

// split divides text after lines that hold a closing brace alone, where a block most likely ends.
func split(src []byte, size int) [][]byte {
	if bytes.Contains(src, []byte("/*")) {
		return [][]byte{src} // a cut in a comment would go unnoticed
	}
	var pieces [][]byte
	for len(src) > size {
		i := bytes.Index(src[size:], []byte("\n}\n"))
		if i < 0 {
			break
		}
		end := size + i + len("\n}\n")
		pieces = append(pieces, src[:end])
		src = src[end:]
	}
	return append(pieces, src)
}
