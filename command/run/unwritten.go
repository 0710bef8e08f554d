package run

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"countersign/confine"
	"countersign/state"
)

// UnwrittenEnding is how the names of states end that could not be written to where they are kept.
const UnwrittenEnding = ".errored.json"

// KeepUnwritten keeps a state that could not be written to a server in a file beside the configuration, encrypted as
// the state is, and says how to push it later. Where the state is in files already, the disk that would not take it
// is the one beside the configuration, and nothing is kept: then both are "".
func (s *Loaded) KeepUnwritten(st state.State) (path, push string, err error) {
	if len(s.State.Files()) > 0 {
		return "", "", nil
	}
	text, err := s.State.Copy(st)
	if err != nil {
		return "", "", err
	}
	folder, err := confine.OpenFolder(s.Source.Dir)
	if err != nil {
		return "", "", err
	}
	defer folder.Close()
	name := s.Source.Name + UnwrittenEnding
	file, err := folder.Create(name)
	for n := 2; errors.Is(err, fs.ErrExist) && n < 1000; n++ { // one from before may not have been pushed yet
		name = fmt.Sprintf("%s-%d%s", s.Source.Name, n, UnwrittenEnding)
		file, err = folder.Create(name)
	}
	if err != nil {
		return "", "", err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", "", err
	}
	path = folder.At(name)
	push = "countersign state push " + typed(path)
	if s.Path != "." {
		push += " " + typed(s.Path)
	}
	return path, push, nil
}

// typed is a path as somebody types it in a shell.
func typed(path string) string {
	if !strings.ContainsAny(path, " \t\n\"'`$&|;<>()*?[]{}!#~\\") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
