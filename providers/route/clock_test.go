package route

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	over := func(ctx context.Context) string {
		synctest.Wait()
		if ctx.Err() == nil {
			return ""
		}
		if !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			t.Error(context.Cause(ctx))
		}
		return context.Cause(ctx).Error()
	}
	const deadline = ": context deadline exceeded"
	synctest.Test(t, func(t *testing.T) {
		ctx, c, stop := Within(t.Context(), 10*time.Second)
		defer stop()
		time.Sleep(9 * time.Second)
		resume := c.Pause()
		time.Sleep(time.Hour)
		resume()
		time.Sleep(900 * time.Millisecond)
		if why := over(ctx); why != "" {
			t.Errorf("a wait for others counts: %s", why)
		}
		time.Sleep(200 * time.Millisecond)
		if why := over(ctx); why != "no whole answer within 10s"+deadline {
			t.Error(why)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, c, stop := WhileMoving(t.Context(), 10*time.Second)
		defer stop()
		for range 100 { // 16 KiB in nine seconds, and so on
			time.Sleep(9 * time.Second)
			c.Moved(least)
		}
		if why := over(ctx); why != "" {
			t.Error(why)
		}
		for range 11 { // a byte now and then is as good as nothing
			time.Sleep(time.Second)
			c.Moved(1)
		}
		if why := over(ctx); why != "next to nothing moved for 10s"+deadline {
			t.Error(why)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, c, stop := WhileMoving(t.Context(), 10*time.Second)
		defer stop()
		for range 10 {
			time.Sleep(5 * time.Second)
			resume := c.Pause() // a slow disc
			time.Sleep(time.Minute)
			c.Moved(least)
			resume()
		}
		c.Sent()
		time.Sleep(10 * time.Minute)
		if why := over(ctx); why != "" {
			t.Errorf("a proxy gets no time to pass on what it was sent: %s", why)
		}
		time.Sleep(time.Minute)
		if why := over(ctx); why != "next to nothing moved for 11m0s"+deadline {
			t.Error(why)
		}
	})
}
