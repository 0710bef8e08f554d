package text

import (
	"bytes"
	"testing"

	"countersign/view/viewtest"
)

func TestDrift(t *testing.T) {
	for name, p := range viewtest.Drifts() {
		var b bytes.Buffer
		if err := Drift(&b, p, Settings{}); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "drift/"+name+".txt", b.Bytes())
	}
}
