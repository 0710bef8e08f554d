package functions

import (
	"strings"

	"countersign/schema/spelling"
)

// Environ turns os.Environ() into a map. Names are in the form of Unicode that expressions have.
func Environ(list []string) map[string]string {
	m := make(map[string]string, len(list))
	for _, e := range list {
		if name, value, ok := strings.Cut(e, "="); ok {
			// Of two forms of a name, the one counts that expressions can write.
			if _, twice := m[spelling.Form(name)]; !twice || spelling.Form(name) == name {
				m[spelling.Form(name)] = value
			}
		}
	}
	return m
}
