package view

import "testing"

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 KB", 1_999_999: "1.9 MB",
		3_000_000_000: "3.0 GB", 1 << 62: "4611686.0 TB"} {
		if got := Size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
	for _, c := range []struct {
		n, of int64
		want  string
	}{{12_345_678, 40_000_000, "12.3 / 40.0 MB"}, {1, 2_000_000_000, "0.0 / 2.0 GB"}, {5, 10, "5 / 10 B"}} {
		if got := Portion(c.n, c.of); got != c.want {
			t.Errorf("portion(%d, %d) = %s, want %s", c.n, c.of, got, c.want)
		}
	}
}
