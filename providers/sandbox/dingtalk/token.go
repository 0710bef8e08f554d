package dingtalk

import (
	"crypto/subtle"
	"time"

	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// tokenLife is how long a token is good for after a client last asked for it.
const tokenLife = 7200 * time.Second

// appToken is the token of an app: there is one at a time.
type appToken struct {
	Token   string
	Expires int64 // Unix second
}

// giveToken answers oauth2/accessToken. While a token is good, the next call gets the same one, extended.
func giveToken(c *call) (any, error) {
	var ask struct {
		AppKey    string `json:"appKey"`
		AppSecret string `json:"appSecret"`
	}
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	if ask.AppKey != Known.AppKey || subtle.ConstantTimeCompare([]byte(ask.AppSecret), []byte(Known.AppSecret)) == 0 {
		return nil, refuse(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
	}
	var app appToken
	c.tx.Get(appsBucket, []byte(ask.AppKey), &app)
	if c.now.Unix() >= app.Expires {
		app.Token = store.NewToken()
	}
	app.Expires = c.now.Add(tokenLife).Unix()
	c.tx.Put(appsBucket, []byte(ask.AppKey), app)
	return struct {
		AccessToken string `json:"accessToken"`
		ExpireIn    int64  `json:"expireIn"`
	}{app.Token, int64(tokenLife / time.Second)}, nil
}

// caller is the app that makes a call, by the token that the call carries. A call for a token has none yet: its caller
// is the app that the body names, or "" when there is no such app.
func (t tx) caller(c *call, token string) (string, error) {
	if c.to.path == tokenPath {
		var ask struct {
			AppKey string `json:"appKey"`
		}
		if _, err := server.ReadJSON(c.body, &ask); err == nil && ask.AppKey == Known.AppKey {
			return ask.AppKey, nil
		}
		return "", nil
	}
	if token == "" {
		return "", missing("x-acs-dingtalk-access-token")
	}
	var app appToken
	t.Get(appsBucket, []byte(Known.AppKey), &app)
	if c.now.Unix() >= app.Expires || subtle.ConstantTimeCompare([]byte(token), []byte(app.Token)) == 0 {
		return "", refuse(400, "InvalidAuthentication", "不合法的access_token")
	}
	return Known.AppKey, nil
}
