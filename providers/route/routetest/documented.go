package routetest

import (
	"os"
	"strings"
	"testing"

	"countersign/providers/route"
)

// Documented demands that a client says of each of its calls what it does, and that the table under a heading of
// docs/vendors.md lists these calls, no others, and says the same in its column "does". does has the calls by their
// names, as they stand in the column "call".
func Documented(t testing.TB, heading string, does map[string]route.Effect) {
	t.Helper()
	page, err := os.ReadFile("../../docs/vendors.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## "+heading+"\n")
	_, table, _ := strings.Cut(section, "\n|")
	listed := map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			break // the table has ended
		}
		call, name, says := cells[len(cells)-5], "", strings.TrimSpace(cells[len(cells)-4])
		for known := range does {
			if strings.Contains(call, known) && len(known) > len(name) {
				name = known
			}
		}
		switch {
		case strings.HasPrefix(says, "-") || says == "does": // the table's head
		case name == "":
			t.Errorf("no client makes the call%s", call)
		case says != string(does[name]):
			t.Errorf("%s: the page says that it %s, the client goes by %q", name, says, does[name])
		default:
			listed[name] = true
		}
	}
	for name, effect := range does {
		switch effect {
		case route.Reads, route.Repeats, route.Writes:
		default:
			t.Errorf("%s: nobody has said whether it may be sent twice: %q", name, effect)
		}
		if !listed[name] {
			t.Errorf("%s is not in the table %q of docs/vendors.md", name, heading)
		}
	}
}
