package view

import (
	"strconv"
	"strings"
)

// parts are what an address is made of, under the names of Terraform's JSON.
type parts struct {
	module string // "module.a", or "" in the root
	local  string // the address inside its module
	kind   string // template
	name   string
	key    *string // of for_each
}

// parseAddress takes an address apart. One that is not of the usual form is all name.
func parseAddress(address string) parts {
	p := parts{local: address, kind: "template", name: address}
	segments := split(address)
	for len(segments) > 2 && segments[0] == "module" {
		p.module = strings.TrimPrefix(p.module+".module."+segments[1], ".")
		segments = segments[2:]
	}
	if len(segments) == 2 && segments[0] == "unmanaged" { // what stands for one without a name
		segments[0] = "template"
	}
	if len(segments) != 2 {
		return p
	}
	p.local = strings.TrimPrefix(strings.TrimPrefix(address, p.module), ".")
	name, key, indexed := strings.Cut(segments[1], "[")
	p.name = name
	p.kind, _, _ = strings.Cut(segments[0], "[")
	if !indexed {
		return p
	}
	key = strings.TrimSuffix(key, "]")
	if text, err := strconv.Unquote(key); err == nil {
		key = text
	}
	p.key = &key
	return p
}

// split cuts an address at its dots, those in keys apart.
func split(address string) []string {
	var out []string
	from, quoted := 0, false
	for i := 0; i < len(address); i++ {
		switch {
		case quoted && address[i] == '\\':
			i++
		case address[i] == '"':
			quoted = !quoted
		case !quoted && address[i] == '.':
			out = append(out, address[from:i])
			from = i + 1
		}
	}
	return append(out, address[min(from, len(address)):])
}
