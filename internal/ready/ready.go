// Package ready lets whoever asks for a call look once more right before it is sent. A call may wait long for its turn:
// for others that are under way, for a rate limit, or for the time to try it again.
package ready

import "context"

type key struct{}

// With is a context for calls that are sent only if check allows it then.
func With(ctx context.Context, check func() error) context.Context {
	return context.WithValue(ctx, key{}, check)
}

// Check says why a call must not be sent, nil when it may be. Whoever sends calls asks it before each try.
func Check(ctx context.Context) error {
	if check, ok := ctx.Value(key{}).(func() error); ok {
		return check()
	}
	return nil
}
