package functions

import (
	"strings"

	"countersign/schema/spelling"
)

// Environ turns os.Environ() into a map, by names in the form in which expressions have them.
func Environ(list []string) map[string]string {
	m := make(map[string]string, len(list))
	for _, e := range list {
		if name, value, ok := strings.Cut(e, "="); ok {
			// Of two forms of a name, it is the one that can be written.
			if _, twice := m[spelling.Form(name)]; !twice || spelling.Form(name) == name {
				m[spelling.Form(name)] = value
			}
		}
	}
	return m
}
