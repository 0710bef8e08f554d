package dingtalk

import (
	"context"
	"errors"
	"time"

	"countersign/providers/route"
)

// token is an access token with the time from which it is no longer used.
type token struct {
	value string
	until time.Time
}

// tokenMargin is how long before its expiry a token is replaced: the vendor's documents use one of 7200 s for 7000.
const tokenMargin = 200 * time.Second

// Token returns the app's access token: POST /v1.0/oauth2/accessToken (wire facts, A1). It is kept until shortly
// before it expires and shared by all calls; when many need one at once, it is asked for once.
func (c *Client) Token(ctx context.Context) (string, error) {
	k := call{name: callToken, path: "/v1.0/oauth2/accessToken", about: "the app"}
	if t := c.kept(); t != "" {
		return t, nil
	}
	// One caller asks for all. The call goes on when that caller gives up, because the others still wait.
	asked := c.asking.DoChan("", func() (any, error) {
		if t := c.kept(); t != "" {
			return t, nil
		}
		return c.askToken(context.WithoutCancel(ctx), k)
	})
	select {
	case got := <-asked:
		if got.Err != nil {
			return "", got.Err
		}
		return got.Val.(string), nil
	case <-ctx.Done():
		return "", c.of(k).Unsent(context.Cause(ctx))
	}
}

func (c *Client) askToken(ctx context.Context, k call) (string, error) {
	k.body = struct {
		AppKey    string `json:"appKey"`
		AppSecret string `json:"appSecret"`
	}{c.key, c.secret}
	asked := c.now()
	answer, err := c.do(ctx, k)
	if err != nil {
		return "", err
	}
	value := answer.Get("accessToken").Words()
	seconds, err := number(answer, "expireIn")
	if value == "" {
		err = errors.New("it has no accessToken")
	}
	if err != nil {
		return "", c.of(k).Misread(err)
	}
	life := time.Duration(min(max(seconds, 0), 30*24*3600)) * time.Second
	if life == 0 {
		life = 2 * time.Hour // as documented
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens = append(c.tokens, value)
	c.token = token{value, asked.Add(life - min(tokenMargin, life/10))}
	return c.token.value, nil
}

// kept is the token that is still good, or "".
func (c *Client) kept() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now().Before(c.token.until) {
		return c.token.value
	}
	return ""
}

// forget drops a token that was not taken, unless it was replaced in the meantime.
func (c *Client) forget(value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token.value == value {
		c.token = token{}
	}
}

// tokenFor is the token to send with a call; the failure to get one is final, because it was tried again by itself.
func (c *Client) tokenFor(ctx context.Context, k call) (string, *route.Error) {
	if k.name == callToken {
		return "", nil
	}
	value, err := c.Token(ctx)
	if err == nil {
		return value, nil
	}
	var e *route.Error
	if !errors.As(err, &e) {
		return "", c.of(k).Unsent(err)
	}
	final := *e // shared with others who asked
	final.Again = false
	return "", &final
}
