package plans

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"countersign/schema"
)

// Fingerprint is a short text that differs when a live template means something else or is attached elsewhere. Names
// of people, times of edits and the form of Unicode that a text is in do not count.
func Fingerprint(l *schema.Live) string {
	bare := l.Template.Normalise().Form().Nameless()
	text, err := json.Marshal(struct {
		Scope    int64
		Template schema.Template
	}{l.ScopeID, bare})
	if err != nil {
		panic(err) // plain values: cannot fail
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
