package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"countersign/command/fault"
	"countersign/confine"
	"countersign/state"
)

// WriteState writes the state at the end of a run, an interrupted one too. Where that fails, the error says what to do:
// first, and with a copy of the state, if one can be kept on this machine.
func (s *Reached) WriteState(ctx context.Context, st state.State, first string) (state.State, error) {
	written, err := s.State.Write(context.WithoutCancel(ctx), st)
	if err == nil {
		return written, nil
	}
	path, failed := s.keepCopy(st)
	switch {
	case failed != nil:
		first += fmt.Sprintf("\n\nA copy of the state could not be kept on this machine either: %v.", failed)
	case path != "":
		push := "countersign state push " + typed(path)
		if s.Path != "." {
			push += " " + typed(s.Path)
		}
		first += fmt.Sprintf("\n\nA copy of the state is in %s. Unless somebody has applied since, this writes it:\n"+
			"    %s", path, push)
	}
	return st, fault.New("The state could not be written", "%v\n\n%s", err, first)
}

// unwrittenEnding is how the names of the copies end.
const unwrittenEnding = ".errored.json"

// keepCopy keeps a state that could not be written to a server in a file beside the configuration, encrypted as the
// state is. Where the state is in files already, the disk that would not take it is the one beside the configuration,
// and nothing is kept: then the path is "".
func (s *Loaded) keepCopy(st state.State) (path string, err error) {
	if len(s.State.Files()) > 0 {
		return "", nil
	}
	text, err := s.State.Copy(st)
	if err != nil {
		return "", err
	}
	folder, err := confine.OpenFolder(s.Source.Dir)
	if err != nil {
		return "", err
	}
	defer folder.Close()
	name := s.Source.Name + unwrittenEnding
	file, err := folder.Create(name)
	for n := 2; errors.Is(err, fs.ErrExist) && n < 1000; n++ { // one from before may not have been pushed yet
		name = fmt.Sprintf("%s-%d%s", s.Source.Name, n, unwrittenEnding)
		file, err = folder.Create(name)
	}
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	return folder.At(name), errors.Join(err, file.Sync(), file.Close())
}

// typed is a path as somebody types it in a shell.
func typed(path string) string {
	if !strings.ContainsAny(path, " \t\n\"'`$&|;<>()*?[]{}!#~\\") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
