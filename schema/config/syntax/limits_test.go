package syntax

import (
	"testing"

	"countersign/schema/config/configtest"
	"countersign/schema/config/words"
)

func TestLimitsAreDocumented(t *testing.T) {
	configtest.Documented(t, "../../../docs/language.md",
		"steps in a row | "+words.Thousands(MaxDepth)+" |",
		"`yamldecode` | "+words.Thousands(MaxLevels)+" levels |",
		"| digits of a number | "+words.Thousands(MaxDigits)+" written out",
		"block by block | "+words.Thousands(maxTokens)+" |",
		"no part of the language | "+words.Thousands(maxWrong)+" |",
		"by moving 2 GB")
	if maxMoved != 2<<30 {
		t.Error("what HCL may move is documented as 2 GB")
	}
}
