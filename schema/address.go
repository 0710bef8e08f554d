package schema

import (
	"cmp"
	"strconv"
	"strings"
)

// CompareAddresses orders addresses as a person would list them: by text, but runs of digits by value, so that
// template.t["9"] comes before template.t["10"].
func CompareAddresses(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		if isDigit(x[0]) && isDigit(y[0]) {
			dx, rx := digits(x)
			dy, ry := digits(y)
			nx, ny := strings.TrimLeft(dx, "0"), strings.TrimLeft(dy, "0")
			if c := cmp.Compare(len(nx), len(ny)); c != 0 {
				return c
			}
			if c := strings.Compare(nx, ny); c != 0 {
				return c
			}
			x, y = rx, ry
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func digits(s string) (run, rest string) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

// InstanceAddress joins the address of a block and the for_each key of one of its instances.
func InstanceAddress(block, key string) string { return block + "[" + strconv.Quote(key) + "]" }
