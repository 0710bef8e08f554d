// Package log is what one sends to support: what a run did, call by call, for whoever asks for it in the environment.
// What is logged has no secret in it; whoever logs sees to that.
package log

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"countersign/command/fault"
	"countersign/command/sidefile"
	"countersign/providers/route"
	"countersign/schema/near"
)

// The environment's variables.
const (
	LevelVariable = "COUNTERSIGN_LOG"
	FileVariable  = "COUNTERSIGN_LOG_FILE"
)

var levels = []struct {
	name  string
	level slog.Level
}{{"info", slog.LevelInfo}, {"debug", slog.LevelDebug}, {"trace", route.LevelTrace}}

type key struct{}

// From is the log of a run; nil: nobody asked for one.
func From(ctx context.Context) *slog.Logger {
	l, _ := ctx.Value(key{}).(*slog.Logger)
	return l
}

// Open opens the log that the environment asks for, and returns a context that carries it. A file is appended to.
func Open(ctx context.Context, environ func(string) string) (_ context.Context, end func() error, err error) {
	end = func() error { return nil }
	name, path := environ(LevelVariable), environ(FileVariable)
	if name == "" && path == "" {
		return ctx, end, nil
	}
	level, err := levelOf(name)
	if err != nil {
		return ctx, end, err
	}
	var to io.Writer = os.Stderr
	if path != "" {
		file, err := openFile(path)
		if err != nil {
			return ctx, end, fault.New("The log cannot be written", "%s: %v. Nothing was done.", FileVariable, err)
		}
		to, end = file, file.Close
	}
	return context.WithValue(ctx, key{}, slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: level,
		ReplaceAttr: named}))), end, nil
}

// levelOf reads a level; "" is info, for a file alone was asked for.
func levelOf(name string) (slog.Level, error) {
	var known []string
	for _, l := range levels {
		if strings.EqualFold(name, l.name) || name == "" {
			return l.level, nil
		}
		known = append(known, l.name)
	}
	hint := ""
	if best := near.Name(strings.ToLower(name), known); best != "" {
		hint = " Did you mean " + best + "?"
	}
	return 0, fault.New("There is no such level of the log", "%s is %q: write %s.%s", LevelVariable, name,
		strings.Join(known, ", "), hint)
}

// named gives the level below debugging its name.
func named(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.LevelKey && a.Value.Any() == route.LevelTrace {
		a.Value = slog.StringValue("TRACE")
	}
	return a
}

// openFile opens a file to append to: a new one, an empty one, or one that is a log already. Anything else stays as it
// is.
func openFile(path string) (*os.File, error) {
	if err := sidefile.Precious(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // a terminal, or a pipe to somebody
		return f, err
	}
	const begins = slog.TimeKey + "="
	head := make([]byte, len(begins))
	n, err := f.ReadAt(head, 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
	case n > 0 && string(head[:n]) != begins:
		err = fmt.Errorf("%s holds something else than a log, and stays as it is", path)
	default:
		return f, nil
	}
	return nil, errors.Join(err, f.Close())
}
