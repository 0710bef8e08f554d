package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/schema/config/configtest"
)

// Written as on the disk: the second é is two characters.
const (
	composed   = "caf\u00e9"
	decomposed = "cafe\u0301"
)

// The name of a file is found in whatever form the disk has it. The exact one goes first, and what cannot be named is
// an error that names all of them.
func TestPath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"one/" + decomposed + ".csv", "both/" + decomposed + ".csv", "both/" + composed + ".csv",
		decomposed + "/in.csv", "deep/" + composed + "/a.csv", "deep/" + decomposed + "/b.csv", "deep/" + decomposed +
			"/" + composed + ".csv", "deep/" + decomposed + "/" + decomposed + ".csv",
		"two/e\u0302\u0301", "two/\u00ea\u0301", "kelvin/\u212a.csv",
	} {
		configtest.Write(t, name, name)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"one/" + composed + ".csv":                   "one/" + decomposed + ".csv",
		"one/" + decomposed + ".csv":                 "one/" + decomposed + ".csv",
		"both/" + composed + ".csv":                  "both/" + composed + ".csv",
		"both/" + decomposed + ".csv":                "both/" + decomposed + ".csv",
		composed + "/in.csv":                         decomposed + "/in.csv",
		composed:                                     decomposed,
		"one/../" + composed + "/in.csv":             decomposed + "/in.csv",
		filepath.Join(dir, composed, "in.csv"):       filepath.Join(dir, decomposed, "in.csv"),
		"deep/" + composed + "/a.csv":                "deep/" + composed + "/a.csv",
		"deep/" + composed + "/b.csv":                "deep/" + decomposed + "/b.csv",
		"deep/" + composed + "/" + composed + ".csv": "deep/" + decomposed + "/" + composed + ".csv",
		"kelvin/K.csv":                               "kelvin/\u212a.csv",
		"one/nothing.csv":                            "one/nothing.csv",
		composed + "/nothing.csv":                    composed + "/nothing.csv",
		"two/\u1ebf":                                 `"\u1ebf" is the name of several files`,
		"":                                           "",
	} {
		got, err := Path(path)
		if err != nil {
			got = strings.Replace(err.Error(), `"two/ế"`, `"\u1ebf"`, 1)
		}
		if got != want && !(err != nil && strings.HasPrefix(got, want) &&
			strings.Contains(got, `"two/e\u0302\u0301"`) && strings.Contains(got, `"two/\u00ea\u0301"`)) {
			t.Errorf("%+q: %+q, not %+q", path, got, want)
		}
	}
	if err := os.Chdir("one"); err != nil {
		t.Fatal(err)
	}
	if got, err := Path("../" + composed + "/in.csv"); err != nil || got != "../"+decomposed+"/in.csv" {
		t.Errorf("%+q %v", got, err)
	}
}
