package run

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"countersign/state"
	"countersign/state/store"
)

// logged logs what is done with a stored state, not what the state says.
type logged struct {
	store.Backend
	to *slog.Logger
}

// note logs one step when it is over.
func (l logged) note(level slog.Level, what string, start time.Time, err error, more ...any) {
	args := append([]any{"state", l.Where().State, "took", time.Since(start).Round(time.Microsecond)}, more...)
	if err != nil {
		level, args = slog.LevelWarn, append(args, "error", err.Error())
	}
	l.to.Log(context.Background(), level, what, args...)
}

func (l logged) Load(ctx context.Context, known store.Version) ([]byte, store.Version, error) {
	start := time.Now()
	text, v, err := l.Backend.Load(ctx, known)
	l.note(slog.LevelDebug, "state read", start, err, "bytes", len(text))
	return text, v, err
}

func (l logged) Replace(ctx context.Context, of state.Identity, text []byte, was store.Version) (store.Version, error) {
	start := time.Now()
	v, err := l.Backend.Replace(ctx, of, text, was)
	l.note(slog.LevelInfo, "state written", start, err, "bytes", len(text), "serial", of.Serial)
	return v, err
}

func (l logged) ReplaceJournal(ctx context.Context, entries [][]byte) (store.Journal, error) {
	start := time.Now()
	j, err := l.Backend.ReplaceJournal(ctx, entries)
	if len(entries) == 0 {
		l.note(slog.LevelDebug, "journal removed", start, err)
	} else {
		l.note(slog.LevelDebug, "journal started", start, err, "entries", len(entries))
	}
	return j, err
}

func (l logged) Lock(ctx context.Context, info store.LockInfo) error {
	start := time.Now()
	err := l.Backend.Lock(ctx, info)
	var held *store.LockedError
	if errors.As(err, &held) {
		l.note(slog.LevelInfo, "the state is locked", start, nil, "by", held.Holder.Who, "id", held.Holder.ID)
		return err
	}
	l.note(slog.LevelInfo, "state locked", start, err, "id", info.ID)
	return err
}

func (l logged) Unlock(ctx context.Context) error {
	start := time.Now()
	err := l.Backend.Unlock(ctx)
	l.note(slog.LevelInfo, "state unlocked", start, err)
	return err
}
