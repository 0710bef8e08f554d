package export

import (
	"fmt"
	"slices"
	"strings"

	"countersign/schema/hcltext"
)

// area is a set of folders and files that several templates share.
type area struct {
	name   string // of the local value
	places []int  // indexes
}

// nameAreas gives a name to each area that is used often: after the folder that all its places are in, or after the
// first of them.
func (n *names) nameAreas(places []Place, alike []shared) {
	times := map[string]int{}
	var order []shared
	for _, s := range alike {
		if times[s.on()]++; times[s.on()] == often {
			order = append(order, s)
		}
	}
	wishes := make([]wish, len(order))
	for i, s := range order {
		wishes[i] = wish{int64(i), n.areaNames(places, s)}
	}
	var taken []string
	for _, l := range n.lists {
		taken = append(taken, l.name)
	}
	given := distinct(wishes, taken...)
	for i, s := range order {
		a := area{given[int64(i)], s.places()}
		n.areas = append(n.areas, a)
		n.area[s.on()] = a.name
	}
	slices.SortFunc(n.areas, func(a, b area) int { return strings.Compare(a.name, b.name) })
}

// areaNames are possible names for an area, the best first.
func (n *names) areaNames(places []Place, s shared) []string {
	on := s.places()
	names := []string{fmt.Sprintf("%s_and_%d_more", n.place[places[on[0]].ID], len(on)-1)}
	var common []string // the folders on the way to all of them
	for i, at := range on {
		way := strings.Split(places[at].Path, "/")
		way = way[:len(way)-1]
		if i == 0 {
			common = way
		}
		same := 0
		for same < min(len(common), len(way)) && common[same] == way[same] {
			same++
		}
		common = common[:same]
	}
	if len(common) > 0 {
		if name := hcltext.Identifier("scope", common[len(common)-1]); name != "" {
			names = slices.Insert(names, 0, "in_"+name)
		}
	}
	return names
}

// elements are the elements of a for_each over places.
func (n *names) elements(places []Place, on []int) []string {
	all := make([]string, len(on))
	for i, at := range on {
		all[i] = n.place[places[at].ID] + " = " + address(places[at], n)
	}
	return all
}
