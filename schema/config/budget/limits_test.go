package budget

import (
	"testing"

	"countersign/schema/config/configtest"
	"countersign/schema/config/words"
)

func TestLimitsAreDocumented(t *testing.T) {
	configtest.Documented(t, "../../../docs/language.md",
		"| text | "+words.Size(maxBytes)+" |",
		"| elements of lists, sets, maps and objects | "+words.Thousands(maxElements)+" |",
		"that are looked at | "+words.Thousands(maxSteps)+" |",
		"| time, not counting questions to a person | 2 minutes |",
		"written out, about "+words.Thousands(maxExponent*3/10/100*100)+" in a value |")
	if maxTime.Minutes() != 2 {
		t.Error("the time is documented as 2 minutes")
	}
}
