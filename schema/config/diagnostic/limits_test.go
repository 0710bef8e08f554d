package diagnostic

import (
	"testing"

	"countersign/schema/config/configtest"
	"countersign/schema/config/words"
)

func TestLimitsAreDocumented(t *testing.T) {
	configtest.Documented(t, "../../../docs/language.md",
		"| mistakes that are reported | "+words.Thousands(maxReported)+" |")
}
