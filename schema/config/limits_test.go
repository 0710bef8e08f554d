package config

import (
	"testing"

	"countersign/schema/config/configtest"
	"countersign/schema/config/words"
)

func TestLimitsAreDocumented(t *testing.T) {
	configtest.Documented(t, "../../docs/language.md",
		"in a row | "+words.Thousands(maxChain)+" |",
		"`fileset` | "+words.Thousands(maxPattern)+" bytes, "+words.Thousands(maxWild)+" of",
		"| mistakes that are told | "+words.Thousands(maxTold)+" |")
}
