package config

import (
	"os"
	"strings"
	"testing"
)

// TestLimitsAreDocumented holds docs/language.md against the limits.
func TestLimitsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Limits\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, line := range []string{
		"| text | " + size(maxBytes) + " |",
		"| elements of lists, sets, maps and objects | " + thousands(maxElements) + " |",
		"that are looked at | " + thousands(maxSteps) + " |",
		"| time, not counting questions to a person | 2 minutes |",
		"steps in a row | " + thousands(maxDepth) + " |",
		"`yamldecode` | " + thousands(maxLevels) + " levels |",
		"| digits of a number | " + thousands(maxDigits) + " written out, about " +
			thousands(maxExponent*3/10/100*100) + " in a value |",
		"in a row | " + thousands(maxChain) + " |",
		"block by block | " + thousands(maxTokens) + " |",
		"no part of the language | " + thousands(maxWrong) + " |",
		"`fileset` | " + thousands(maxPattern) + " bytes, " + thousands(maxWild) + " of",
		"| mistakes that are told | " + thousands(maxTold) + " |",
		"by moving 2 GB",
	} {
		if !strings.Contains(section, line) {
			t.Errorf("it does not say %q", line)
		}
	}
	if maxTime.Minutes() != 2 || maxMoved != 2<<30 {
		t.Error("the time and what HCL may move are documented as 2 minutes and 2 GB")
	}
}
