package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"time"
)

// dingtalkTokenLife is how long a token is good for since it was last asked for.
const dingtalkTokenLife = 7200 * time.Second

// dingtalkApp is the token of an app: there is one at a time.
type dingtalkApp struct {
	Token   string
	Expires int64 // Unix second
}

// dingtalkToken answers oauth2/accessToken: whoever asks while a token is good gets the same one, extended.
func dingtalkToken(c *dingtalkCall) (any, error) {
	var ask struct{ AppKey, AppSecret string }
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	if ask.AppKey != dingtalkAppKey || subtle.ConstantTimeCompare([]byte(ask.AppSecret), []byte(dingtalkAppSecret)) == 0 {
		return nil, dingtalkRefuse(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
	}
	var app dingtalkApp
	if _, err := c.tx.get(dingtalkApps, []byte(ask.AppKey), &app); err != nil {
		return nil, err
	}
	if c.now.Unix() >= app.Expires {
		app.Token = newToken()
	}
	app.Expires = c.now.Add(dingtalkTokenLife).Unix()
	if err := c.tx.put(dingtalkApps, []byte(ask.AppKey), app); err != nil {
		return nil, err
	}
	return struct {
		AccessToken string `json:"accessToken"`
		ExpireIn    int64  `json:"expireIn"`
	}{app.Token, int64(dingtalkTokenLife / time.Second)}, nil
}

// dingtalkCaller is the app that makes a call: whose token it carries, or, for a token, who asks. It is "" for somebody
// unknown who asks.
func (t txn) dingtalkCaller(c *dingtalkCall, token string) (string, error) {
	if c.api.path == dingtalkTokenPath {
		var ask struct{ AppKey string }
		if json.Unmarshal(c.body, &ask) == nil && ask.AppKey == dingtalkAppKey {
			return ask.AppKey, nil
		}
		return "", nil
	}
	if token == "" {
		return "", missing("x-acs-dingtalk-access-token")
	}
	var app dingtalkApp
	known, err := t.get(dingtalkApps, []byte(dingtalkAppKey), &app)
	if err != nil {
		return "", err
	}
	if !known || c.now.Unix() >= app.Expires || subtle.ConstantTimeCompare([]byte(token), []byte(app.Token)) == 0 {
		return "", dingtalkRefuse(400, "InvalidAuthentication", "不合法的access_token")
	}
	return dingtalkAppKey, nil
}
