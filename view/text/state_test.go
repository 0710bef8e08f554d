package text

import (
	"bytes"
	"strings"
	"testing"

	"countersign/state"
	"countersign/view"
	"countersign/view/viewtest"
)

func TestState(t *testing.T) {
	var b bytes.Buffer
	if err := State(&b, viewtest.State(), view.NewNames(nil, nil), Settings{}); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "state.txt", b.Bytes())
	if strings.Contains(b.String(), "hush") {
		t.Error("a sensitive output is shown")
	}

	b.Reset()
	if err := State(&b, state.State{}, view.NewNames(nil, nil), Settings{}); err != nil ||
		b.String() != "The state is empty: nothing has been applied yet.\n" {
		t.Errorf("%v: %q", err, b.String())
	}
}

func TestBinding(t *testing.T) {
	var b bytes.Buffer
	if err := Binding(&b, viewtest.State().Bindings[1], view.NewNames(nil, nil), Settings{}); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "binding.txt", b.Bytes())
}
