package text

import (
	"testing"

	"countersign/view"
)

// Labels before Chinese and Latin values line up.
func TestColumnsLineUp(t *testing.T) {
	out := Nodes([]view.Node{
		{Mark: view.Adds, Label: "标题", Column: true, After: "一"},
		{Mark: view.Adds, Label: "approver access", Column: true, After: "二"},
	}, 1, Settings{})
	want := "      + 标题:            一\n      + approver access: 二\n"
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}
