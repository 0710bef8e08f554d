package text

import (
	"bytes"
	"testing"

	"countersign/view"
	"countersign/view/viewtest"
)

func TestTests(t *testing.T) {
	results, d, coverage := viewtest.Tested()
	tested := view.NewTested(results, d)
	tested.Coverage = coverage
	var out bytes.Buffer
	if err := Tests(&out, tested, true, Settings{Width: 100}); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "tests.txt", out.Bytes())
}
