package syntax

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/config/configtest"
)

// TestPieces: however small the pieces, a file has the blocks in the places that it has as a whole.
func TestPieces(t *testing.T) {
	tests := []struct {
		name, text string
		pieces     int
	}{
		{"blocks", configtest.WorldBlocks(20), 31},
		{"example", configtest.Example, 15},
		{"a heredoc that looks like blocks", "locals {\n  a = <<EOT\n}\nfolder \"x\" {\n}\nEOT\n}\nfolder \"y\" {\n}\n",
			4},
		{"a comment that looks like blocks", "/*\n}\nfolder \"x\" {\n}\n*/\nfolder \"y\" {\n}\n", 1},
		{"braces in the first column", "locals {\na = {\nb = 1\n}\n}\nfolder \"y\" {\n}\n", 3},
		{"a mistake", "folder \"x\" {\n}\nfolder \"y\" {\n  id = =\n}\nfolder \"z\" {\n}\n", 3},
		{"the same attribute twice", "a = 1\nlocals {\n}\na = 2\n", 2},
		{"nothing", "", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := []byte(test.text)
			if n := len(split(src, 1)); n < test.pieces {
				t.Errorf("only %d pieces", n)
			}
			got, gotDiags := parseNative(src, "a.hcl", 1, true)
			want, wantDiags := hclsyntax.ParseConfig(src, "a.hcl", hcl.InitialPos)
			if gotDiags.Error() != wantDiags.Error() {
				t.Errorf("got %v, want %v", gotDiags, wantDiags)
			}
			a, b := got.Body.(*hclsyntax.Body), want.Body.(*hclsyntax.Body)
			if len(a.Blocks) != len(b.Blocks) || len(a.Attributes) != len(b.Attributes) || a.EndRange != b.EndRange {
				t.Fatalf("got %d blocks and %d attributes ending at %s", len(a.Blocks), len(a.Attributes), a.EndRange)
			}
			for i, block := range a.Blocks {
				if block.Type != b.Blocks[i].Type || block.Range() != b.Blocks[i].Range() ||
					block.CloseBraceRange != b.Blocks[i].CloseBraceRange {
					t.Errorf("block %d is %s at %s, want %s at %s", i, block.Type, block.Range(), b.Blocks[i].Type,
						b.Blocks[i].Range())
				}
			}
		})
	}
}
