package config

import (
	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/disk"
)

// readText reads a configuration's file.
func (s *Source) readText(name string) (src []byte, linked bool, problem *hcl.Diagnostic) {
	return disk.ReadConfiguration(s.Dir, name, s.Single)
}

// readInput reads a file that the command line names, once for all calls on the Source.
func (s *Source) readInput(name string) ([]byte, *hcl.Diagnostic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, known := s.inputs[name]
	if !known {
		in = disk.ReadNamed(name)
		s.inputs[name] = in
	}
	return in.Text, in.Problem
}

// Stream reports whether a file that the command line names is one that can be read only once.
func (s *Source) Stream(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inputs[name].Stream
}
