package view

import "fmt"

// units are those of sizes: 1 KB is 1000 bytes.
var units = []struct {
	bytes int64
	name  string
}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "KB"}}

// Size is a number of bytes as a person reads it: "12.3 MB".
func Size(n int64) string {
	for _, u := range units {
		if n >= u.bytes {
			return in(n, u.bytes) + " " + u.name
		}
	}
	return fmt.Sprintf("%d B", n)
}

// Portion is how much of how much, in one unit: "12.3 / 40.0 MB".
func Portion(n, of int64) string {
	for _, u := range units {
		if of >= u.bytes {
			return in(n, u.bytes) + " / " + in(of, u.bytes) + " " + u.name
		}
	}
	return fmt.Sprintf("%d / %d B", n, of)
}

// in is n in a unit, cut off after one digit: what is not whole never looks whole.
func in(n, unit int64) string { return fmt.Sprintf("%d.%d", n/unit, n%unit/(unit/10)) }
