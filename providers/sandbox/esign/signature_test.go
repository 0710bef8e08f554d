package esign

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const vectorBody = `{"Agent":{"AppId":"yDwhxUUckp3gl8j5UuFX33LSNozpRsbi",` +
	`"ProxyOrganizationOpenId":"org_dianziqian","ProxyOperator":{"OpenId":"n9527"},"ProxyAppId":""},` +
	`"FlowIds":["yDwivUUckpor6wtoUuogwQHCAB0ES0pQ","yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh"]}`

// What the vendor's own client, and the vendor's documentation, sign.
func TestTC3Signature(t *testing.T) {
	const charset = "application/json; charset=utf-8"
	example := secretKey{"AKIDEXAMPLE", "SECRETEXAMPLE"}
	tests := []struct {
		name                                 string
		key                                  secretKey
		at                                   int64
		service, media, signed, body, expect string
	}{
		{"client", example, 1700000000, "essbasic", "application/json", "content-type;host", vectorBody,
			"9052c81706684f5d03597328eee73744185198682fc39019d4c999dd366e6bbe"},
		{"charset", example, 1700000000, "essbasic", charset, "content-type;host", vectorBody,
			"081b03482b6d77ddc9bc2ad0d5bcefdaf176c8b3e668ade657aabbe2fa9e5433"},
		{"action signed", example, 1700000000, "essbasic", "application/json", "content-type;host;x-tc-action",
			vectorBody,
			"9f254a4281daa43464a87f2133afaff63a3c53878fbce0601468a023c4189bff"},
		{"action and charset", example, 1700000000, "essbasic", charset, "content-type;host;x-tc-action", vectorBody,
			"389a237acbe4d0171eee015f9a7c1574302be4207f130de50b20bbde6bfc2c9f"},
		{"documented", secretKey{"AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"},
			1551113065, "cvm", charset, "content-type;host",
			`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`,
			"72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := time.Unix(tt.at, 0)
			a := tc3Authorization{secretID: tt.key.id, date: at.UTC().Format(time.DateOnly), service: tt.service,
				signed: strings.Split(tt.signed, ";")}
			h := http.Header{"Content-Type": {tt.media}, "X-Tc-Action": {apiAction}}
			host := tt.service + ".tencentcloudapi.com"
			if got := tt.key.sign(a, at, host, h, []byte(tt.body)); got != tt.expect {
				t.Errorf("%s, want %s", got, tt.expect)
			}
			a.signature = tt.expect
			for _, received := range []string{host, host + ":8088"} { // one client signs the port, another does not
				if !tt.key.verify(a, at, received, h, []byte(tt.body)) {
					t.Errorf("not verified when sent to %s", received)
				}
			}
			for name, spoiled := range map[string]bool{
				"body": tt.key.verify(a, at, host, h, []byte(tt.body+" ")),
				"host": tt.key.verify(a, at, "x"+host, h, []byte(tt.body)),
				"media": tt.key.verify(a, at, host, http.Header{"Content-Type": {"text/plain"},
					"X-Tc-Action": {apiAction}}, []byte(tt.body)),
				"timestamp": tt.key.verify(a, at.Add(time.Second), host, h, []byte(tt.body)),
				"day":       tt.key.verify(a, at.Add(24*time.Hour), host, h, []byte(tt.body)),
				"key":       secretKey{tt.key.id, "other"}.verify(a, at, host, h, []byte(tt.body)),
			} {
				if spoiled {
					t.Errorf("verified with another %s", name)
				}
			}
		})
	}
}

func TestReadTC3(t *testing.T) {
	const signature = "9052c81706684f5d03597328eee73744185198682fc39019d4c999dd366e6bbe"
	good := "TC3-HMAC-SHA256 Credential=AKID/2023-11-14/essbasic/tc3_request, SignedHeaders=content-type;host, " +
		"Signature=" + signature
	if a, ok := readTC3(good); !ok || a.secretID != "AKID" || a.service != "essbasic" || len(a.signed) != 2 ||
		a.signature != signature {
		t.Errorf("%+v %v", a, ok)
	}
	for _, bad := range []string{"", "Bearer x", good[:len(good)-1], good + "0", strings.Replace(good, "tc3", "tc4", 1),
		strings.Replace(good, "TC3", "TC2", 1), strings.Replace(good, "AKID", "", 1), strings.ToUpper(good)} {
		if _, ok := readTC3(bad); ok {
			t.Errorf("read %q", bad)
		}
	}
}
