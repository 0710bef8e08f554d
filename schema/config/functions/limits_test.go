package functions

import (
	"testing"

	"countersign/schema/config/configtest"
	"countersign/schema/config/words"
)

func TestLimitsAreDocumented(t *testing.T) {
	configtest.Documented(t, "../../../docs/language.md", "`fileset` | "+words.Thousands(maxPattern)+" bytes, "+
		words.Thousands(maxWild)+" of")
}
