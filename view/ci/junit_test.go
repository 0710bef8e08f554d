package ci

import (
	"testing"

	"countersign/schema"
	"countersign/view"
	"countersign/view/viewtest"
)

func TestJUnit(t *testing.T) {
	results, d, coverage := viewtest.Tested()
	tested := view.NewTested(results, d)
	tested.Coverage = coverage
	doc, err := JUnit(tested)
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "tests.xml", doc)
	doc, err = JUnitFailure(
		schema.Diagnostics{{Severity: schema.Error, Summary: "There is no test", Detail: "<b>\x1b[31m & more."}},
	)
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "cannot-run.xml", doc)
}
