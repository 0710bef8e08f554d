package eval

import (
	"testing"

	"countersign/schema/config/configtest"
	"countersign/schema/config/words"
)

func TestLimitsAreDocumented(t *testing.T) {
	configtest.Documented(t, "../../../docs/language.md", "in a row | "+words.Thousands(maxChain)+" |")
}
