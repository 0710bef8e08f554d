package config

import (
	"path/filepath"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"countersign/confine"
	"countersign/schema/config/backend"
	"countersign/schema/config/disk"
)

// DefaultState is where the state is kept without a state block.
func (s *Source) DefaultState() string { return filepath.Join(s.Dir, s.Name+StateEnding) }

// StateEnding is how the name of a state ends when no state block names it.
const StateEnding = ".state.json"

// These expressions look for blocks in text that need not parse: a state block with a plain path, one of a server, any
// state block, and encryption.
var (
	writtenPath = regexp.MustCompile(`(?m)^[ \t]*state[ \t]+"?local"?[ \t]*\{` +
		`[^{}]*?\bpath[ \t]*=[ \t]*"([^"\\$%\n]+)"`)
	writtenRemote     = regexp.MustCompile(`(?m)^[ \t]*"?state"?[ \t:{]+"?(?:http|postgres|s3)"?[ \t:]*\{`)
	writtenState      = regexp.MustCompile(`(?m)^[ \t]*"?state"?[ \t:]*["{]`)
	writtenEncryption = regexp.MustCompile(`(?m)^[ \t]*"?encryption"?[ \t:]*\{`)
)

// WrittenState guesses from files that are too broken to be evaluated where the state is. path is what a state block
// seems to name, "" when a configuration may not choose it; seen reports whether there seems to be a state block at
// all, and remote whether its state is kept elsewhere than in a file of this machine.
func (s *Source) WrittenState() (path string, seen, remote bool) {
	for _, name := range s.Files {
		src, _, problem := s.readText(name)
		if problem != nil {
			continue
		}
		seen, remote = seen || writtenState.Match(src), remote || writtenRemote.Match(src)
		if m := writtenPath.FindSubmatch(src); m != nil {
			name, inside := confine.Within(s.Dir, disk.Absolute(s.Dir, string(m[1])))
			if inside && backend.Unfit(name) == "" {
				return filepath.Join(s.Dir, name), true, false
			}
		}
	}
	return "", seen, remote
}

// WrittenEncryption reports whether files that are too broken to be evaluated seem to say that the state is encrypted.
func (s *Source) WrittenEncryption() bool {
	return slices.ContainsFunc(s.Files, func(name string) bool {
		src, _, problem := s.readText(name)
		return problem == nil && writtenEncryption.Match(src)
	})
}

// state evaluates the state block, or says where the state is without one.
func (ev *evaluator) state() backend.State {
	blocks := backend.Blocks{Evaluator: ev.Evaluator, All: ev.src.document.states, Environ: ev.environ,
		Folder: ev.src.Dir, Default: ev.src.DefaultState(), Chosen: ev.in.State, Restrict: ev.in.Restrict,
		WrittenOut: func(e hcl.Expression) bool { return ev.writtenOut(e, 0) }}
	return blocks.State()
}
