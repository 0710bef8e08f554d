package json

import (
	"testing"

	"countersign/view"
	"countersign/view/viewtest"
)

func TestTests(t *testing.T) {
	results, d, coverage := viewtest.Tested()
	tested := view.NewTested(results, d)
	tested.Coverage = coverage
	doc, err := Tests(tested)
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "tests.json", viewtest.Readable(t, doc))
}
