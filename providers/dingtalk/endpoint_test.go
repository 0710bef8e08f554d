package dingtalk

import (
	"testing"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// Each call says whether it may be sent twice, and docs/vendors.md says the same.
func TestEachCallSaysWhatItDoes(t *testing.T) {
	does := map[string]route.Effect{}
	for name, e := range endpoints {
		does[name] = e.does
		if (e.does == route.Writes) != (e.check != "") {
			t.Errorf("%s %s, and this is how to find out what became of it: %q", name, e.does, e.check)
		}
	}
	routetest.Documented(t, "DingTalk", does)
}
