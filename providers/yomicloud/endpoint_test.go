package yomicloud

import (
	"path"
	"testing"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// Each call says whether it may be sent twice, and docs/vendors.md says the same. Of one that says nothing, route
// sends nothing.
func TestEachCallSaysWhatItDoes(t *testing.T) {
	does := map[string]route.Effect{}
	for at, e := range endpoints {
		does[path.Base(at)] = e.does
	}
	routetest.Documented(t, "The drive", does)
}
