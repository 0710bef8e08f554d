package config

import (
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/addr"
)

// Whatever a block may be called, a state may bind.
func TestNamesOfBlocksAreNames(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r++ {
		for _, name := range []string{string(r), "a" + string(r), string(r) + "a"} {
			if hclsyntax.ValidIdentifier(name) && !addr.IsName(name) {
				t.Errorf("%+q is the name of a block, and of nothing in a state", name)
			}
			if r < 0x80 && addr.IsName(name) && !hclsyntax.ValidIdentifier(name) {
				t.Errorf("%+q is no name of a block", name)
			}
		}
	}
}
