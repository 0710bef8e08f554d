package near_test

import (
	"testing"

	"countersign/schema/near"
)

func TestName(t *testing.T) {
	known := []string{"template.modify", "template.rm", "template.upload_all", "folder.zhi_liang_kong_zhi",
		"folder.he_tong", "plan", "apply", "report", "bash", "zsh"}
	for given, want := range map[string]string{
		"template.modfiy":  "template.modify", // two letters have changed places
		"template.Modify":  "template.modify",
		"template.mod":     "template.modify", // begun
		"template.ad":      "",                // "template." makes no two alike
		"template.nope":    "",
		"template.upload":  "template.upload_all",
		"folder.zhi_liang": "folder.zhi_liang_kong_zhi",
		"foldr.he_tong":    "folder.he_tong",
		"paln":             "plan",
		"reprot":           "report",
		"tcsh":             "",
		"x":                "",
		"":                 "",
	} {
		if got := near.Name(given, known); got != want {
			t.Errorf("%q: %q and not %q", given, got, want)
		}
	}
}
