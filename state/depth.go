package state

import "errors"

// maxDepth is how deep a state, or a saved plan, may be nested. Values of outputs are 200 levels deep at most, their
// types twice that; what is deeper was not written by this program, and takes long to be shown.
const maxDepth = 1000

// CheckDepth refuses JSON that is nested deeper than anything this program writes, before it is decoded.
func CheckDepth(doc []byte) error {
	depth := 0
	for i := 0; i < len(doc); i++ {
		switch doc[i] {
		case '"':
			for i++; i < len(doc) && doc[i] != '"'; i++ {
				if doc[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			if depth++; depth > maxDepth {
				return errors.New("it is nested more than 1,000 levels deep, " +
					"and this program writes nothing of the kind")
			}
		case ']', '}':
			depth--
		}
	}
	return nil
}
