package state

// compactBelow is how deep a state's text is broken into lines. A template's step, the deepest thing that a reader
// compares, is a line; were its people broken up too, the text would be twice as long and take twice the time.
const compactBelow = 6

// layOut appends compact JSON to text, with a line for each member of the objects and lists above compactBelow and
// with spaces where a reader wants them below. The JSON stands at that depth already, and must be valid.
func layOut(text, compact []byte, depth int) []byte {
	const indents = "\n            "
	newline := func() { text = append(text, indents[:1+2*depth]...) }
	quoted := false
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		if quoted {
			text = append(text, c)
			switch c {
			case '\\':
				i++
				text = append(text, compact[i])
			case '"':
				quoted = false
			}
			continue
		}
		switch c {
		case '{', '[':
			depth++
			text = append(text, c)
			if next := compact[i+1]; next == '}' || next == ']' { // empty
				i++
				depth--
				text = append(text, next)
			} else if depth < compactBelow {
				newline()
			}
		case '}', ']':
			depth--
			if depth+1 < compactBelow {
				newline()
			}
			text = append(text, c)
		case ',':
			text = append(text, c)
			if depth < compactBelow {
				newline()
			} else {
				text = append(text, ' ')
			}
		case ':':
			text = append(text, ':', ' ')
		default:
			quoted = c == '"'
			text = append(text, c)
		}
	}
	return text
}
