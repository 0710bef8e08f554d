package plans

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"countersign/schema"
	"countersign/state"
)

// Fingerprint is a short text that differs when a live template means something else or is attached elsewhere. Names
// of people, times of edits and the form of Unicode that a text is in do not count.
func Fingerprint(l *schema.Live) string {
	return fingerprint(struct {
		Scope    int64
		Template schema.Template
	}{l.ScopeID, l.Template.Normalise().Form().Nameless()})[:32]
}

// FingerprintOf is a short text that differs when two configurations declare something else.
func FingerprintOf(decl schema.Declaration) string { return fingerprint(decl) }

// FingerprintOfState is a short text that differs when a state binds something else, or an interrupted run has left
// other writes behind. The serial does not show the latter: such a run ended before it wrote the state.
func FingerprintOfState(st state.State, pending []state.Intent) string {
	return fingerprint([]any{st.Bindings, st.Attachments, pending})
}

func fingerprint(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values: cannot fail
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
