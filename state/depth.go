package state

import "errors"

// maxDepth is how deep a state, or a saved plan, may be nested. Values of outputs are 200 levels deep at most, their
// types twice that; what is deeper was not written by this program, and takes long to be shown.
const maxDepth = 1000

// CheckDepth refuses JSON that is nested deeper than anything this program writes, before it is decoded.
func CheckDepth(doc []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return errors.New("it is nested more than 1,000 levels deep, " +
					"and this program writes nothing of the kind")
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}
