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

// StateEnding is how the names of states end that no state block has named.
const StateEnding = ".state.json"

// writtenPath is a state block with a plain path, writtenRemote one of a server, and writtenState any state block, in
// text that need not parse.
var (
	writtenPath   = regexp.MustCompile(`(?m)^[ \t]*state[ \t]+"?local"?[ \t]*\{[^{}]*?\bpath[ \t]*=[ \t]*"([^"\\$%\n]+)"`)
	writtenRemote = regexp.MustCompile(`(?m)^[ \t]*"?state"?[ \t:{]+"?(?:http|postgres|s3)"?[ \t:]*\{`)
	writtenState  = regexp.MustCompile(`(?m)^[ \t]*"?state"?[ \t:]*["{]`)

	writtenEncryption = regexp.MustCompile(`(?m)^[ \t]*"?encryption"?[ \t:]*\{`)
)

// WrittenState is the path that a state block seems to name in files that are too broken to be evaluated; "" when it is
// none that a configuration may choose. seen reports whether there seems to be a state block at all, and remote whether
// that is one of a state that no file of this machine is.
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
