package world

import (
	"fmt"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
)

// alike collects diagnostics and shows only the first of each kind, with the addresses of the others.
type alike struct {
	list   schema.Diagnostics
	at     map[string]int      // place in list, by kind
	others map[string][]string // addresses, by kind
}

func (a *alike) add(kind string, address addr.Address, d schema.Diagnostic) {
	if a.at == nil {
		a.at, a.others = map[string]int{}, map[string][]string{}
	}
	if _, known := a.at[kind]; known {
		a.others[kind] = append(a.others[kind], address.String())
		return
	}
	a.at[kind] = len(a.list)
	a.list = append(a.list, d)
}

func (a *alike) diagnostics() schema.Diagnostics {
	for kind, others := range a.others {
		a.list[a.at[kind]].Detail += fmt.Sprintf("\n\nThe same for %s.", first(others, " and "))
	}
	return a.list
}

// mostNamed is how many of several things are named.
const mostNamed = 10

// first names the first of several things, and before the number of the others the word join.
func first(names []string, join string) string {
	text := strings.Join(names[:min(len(names), mostNamed)], ", ")
	if n := len(names) - mostNamed; n > 0 {
		text += fmt.Sprintf("%s%d more", join, n)
	}
	return text
}

// numbers names the first of several ids.
func numbers(ids []int64) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = fmt.Sprint(id)
	}
	return first(names, ", and ")
}
