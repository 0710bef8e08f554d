package syntax

import (
	"bytes"
	"cmp"
	"errors"
	"runtime"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/internal/parallel"
)

// pieceSize is the size in bytes of the pieces in which a file is parsed. HCL's parser first makes a list of all
// tokens, which takes a hundred times the memory of the text. The list of one piece is gone before that of the next is
// made.
const pieceSize = 128 << 10

// errMisplaced says that a piece has attributes outside of blocks. This mistake is better found in the file as a whole.
var errMisplaced = errors.New("attribute outside of a block")

// parseNative is hclsyntax.ParseConfig. It parses a large file in pieces of about size bytes, side by side. A cut in
// the wrong place, such as the middle of a heredoc, leaves both pieces unfinished. Then, as after any mistake, the file
// is parsed as a whole, if whole allows that.
func parseNative(src []byte, name string, size int, whole bool) (*hcl.File, hcl.Diagnostics) {
	pieces := split(src, size)
	if len(pieces) < 2 {
		return hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	}
	bodies, starts := make([]*hclsyntax.Body, len(pieces)), make([]hcl.Pos, len(pieces))
	start := hcl.InitialPos
	for i, piece := range pieces {
		starts[i] = start
		start.Line += bytes.Count(piece, []byte("\n"))
		start.Byte += len(piece)
	}
	errs := parallel.Each(len(pieces), runtime.GOMAXPROCS(0), func(i int) error {
		file, diags := hclsyntax.ParseConfig(pieces[i], name, starts[i])
		if diags.HasErrors() {
			return diags
		}
		bodies[i] = file.Body.(*hclsyntax.Body)
		if len(bodies[i].Attributes) > 0 {
			return errMisplaced
		}
		return nil
	})
	if err := parallel.Raise(cmp.Or(errs...)); err != nil {
		if !whole {
			found, mistakes := err.(hcl.Diagnostics)
			if !mistakes {
				found = hcl.Diagnostics{refusal(src, name, 0, "Too much at once", errTokens.Error())}
			}
			return &hcl.File{Bytes: src, Body: hcl.EmptyBody()}, found
		}
		return hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	}
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{},
		SrcRange: hcl.RangeBetween(bodies[0].SrcRange, bodies[len(bodies)-1].SrcRange),
		EndRange: bodies[len(bodies)-1].EndRange}
	for _, b := range bodies {
		body.Blocks = append(body.Blocks, b.Blocks...)
	}
	return &hcl.File{Body: body, Bytes: src}, nil
}

// split divides a text after lines that have nothing but a closing brace, where most likely a block ends.
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
