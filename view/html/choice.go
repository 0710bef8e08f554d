package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mozillazg/go-unidecode"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/view"
)

// tiles are the kinds of entries that are counted, in the order shown.
var tiles = []tile{
	{string(policy.Weaker), "!", "weaker", 0},
	{string(policy.Incomparable), "!", "incomparable", 0},
	{string(policy.Undecided), "!", "undecided", 0},
	{kindRefused, "×", "refused", 0},
	{string(plans.Create), "+", "create", 0},
	{string(plans.Update), "~", "update", 0},
	{kindReplace, "±", "replace", 0},
	{string(plans.Remove), "−", "destroy", 0},
	{kindImport, "=", "import", 0},
	{string(plans.Forget), "·", "forget", 0},
	{kindDrift, "≠", "drift", 0},
	{kindUnmanaged, "?", "unmanaged", 0},
	{kindHeldBack, "‖", "held back", 0},
	{kindWarning, "!", "warning", 0},
	{kindOutput, "→", "output", 0},
}

// choices counts the kinds, folders and people that the entries of a page can be filtered by.
func (pg *page) choices(l *view.Names) {
	kinds := map[string]int{}
	places, people := tally{}, tally{}
	for i := range pg.Sections {
		for j := range pg.Sections[i].Cards {
			k := &pg.Sections[i].Cards[j]
			for _, kind := range strings.Fields(k.Kind + " " + k.Alarm) {
				kinds[kind]++
			}
			var at []string
			sameID := func(a, b plans.Place) bool { return a.ID == b.ID }
			for _, x := range slices.CompactFunc(k.places, sameID) { // a replacement may stay where it is
				at = append(at, places.count(fmt.Sprint(x.ID), placeLabel(x), spelling.Escape(x.Path, "", "")))
			}
			k.At = strings.Join(at, " ")
			for _, x := range k.who {
				people.count(fmt.Sprint(x.ID), l.Called(x), "")
			}
			k.Who, k.Joins, k.Quits = ids(k.who), ids(k.joins), ids(k.quits)
		}
	}
	for _, t := range tiles {
		if t.N = kinds[t.Kind]; t.N > 0 {
			if t.N > 1 && (t.Kind == kindWarning || t.Kind == kindOutput) { // the other words are not nouns
				t.Words += "s"
			}
			pg.Tiles = append(pg.Tiles, t)
		}
	}
	pg.Places, pg.People = within(places.list()), people.list()
}

// ids are people as filters know them.
func ids(people []schema.Person) string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = fmt.Sprint(p.ID)
	}
	return strings.Join(out, " ")
}

func placeLabel(p plans.Place) string {
	if p.Path != "" {
		return view.Name(p.Path)
	}
	return view.Place(p)
}

// tally counts choices by their keys.
type tally map[string]*choice

func (t tally) count(key, label, path string) string {
	c := t[key]
	if c == nil {
		c = &choice{Key: key, Label: label, Path: path}
		t[key] = c
	}
	if c.Path == "" && path != "" {
		c.Label, c.Path = label, path
	}
	c.N++
	return key
}

// list is the choices in the order of their names as they sound, Chinese ones by their pinyin.
func (t tally) list() []choice {
	sound := make(map[string]string, len(t))
	var out []choice
	for key, c := range t {
		sound[key] = strings.ToLower(unidecode.Unidecode(c.Label))
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b choice) int {
		return cmp.Or(cmp.Compare(sound[a.Key], sound[b.Key]), cmp.Compare(a.Label, b.Label),
			cmp.Compare(len(a.Key), len(b.Key)), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// within adds the folders that have several of the listed ones below them: choosing one shows all below it.
func within(list []choice) []choice {
	below := map[string]int{}
	n := map[string]int{}
	for _, c := range list {
		for path := parent(c.Path); path != ""; path = parent(path) {
			below[path]++
			n[path] += c.N
		}
	}
	var out []choice
	for path, many := range below {
		if many > 1 {
			out = append(out, choice{Key: path + "/", Label: view.Name(path) + " and below", Path: path, N: n[path]})
		}
	}
	slices.SortFunc(out, func(a, b choice) int { return cmp.Compare(a.Path, b.Path) })
	return append(out, list...)
}

func parent(path string) string { return path[:max(0, strings.LastIndex(path, "/"))] }
