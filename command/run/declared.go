package run

import (
	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/schema"
	"countersign/schema/addr"
)

// DeclaredTemplate is the template that the configuration declares under an address. The error suggests another
// address.
func (s *Loaded) DeclaredTemplate(address addr.Address) (*schema.Declared, error) {
	templates := s.Config.Declaration.Templates
	known := make([]addr.Address, len(templates))
	for i := range templates {
		if known[i] = templates[i].Address; known[i] == address {
			return &templates[i], nil
		}
	}
	return nil, fault.New("No such template is declared", "The configuration in %s declares no %s.%s", s.Path, address,
		cmdline.SuggestAddress(address, known))
}
