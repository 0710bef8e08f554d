package view

import (
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"":           0,
		"abc":        3,
		"终审":         4,
		"終審 a":       6,
		"e\u0301":    1, // one letter, composed
		"👍":          2,
		"👍🏽":         2,
		"→ “x” …":    7, // ambiguous counts as narrow
		"ｆｕｌｌ":       8,
		"ｶﾅ":         2,
		"全角\u3000空格": 10,
	} {
		if got := Width(text); got != want {
			t.Errorf("width(%q) = %d, want %d", text, got, want)
		}
		if got := Width(Pad(text, 12)); got != 12 {
			t.Errorf("pad(%q, 12) is %d wide", text, got)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want []string
	}{
		{"short", 10, []string{"short"}},
		{"break at the blanks", 10, []string{"break at", "the blanks"}},
		{"一家👨\u200d👩\u200d👧人👍🏽好", 6, []string{"一家👨\u200d👩\u200d👧", "人👍🏽好"}},
		{"请说明修改内容", 6, []string{"请说明", "修改内", "容"}},
		{"不许把句号。放在行首", 10, []string{"不许把句", "号。", "放在行首"}},
		{"系统管理员在合同里，李四 2024-05-06 12:00:00 +08:00 同意", 26, []string{"系统管理员在合同里，李四",
			"2024-05-06 12:00:00 +08:00", "同意"}},
		{"any one of 张三, 李四", 16, []string{"any one of 张三,", "李四"}},
		{"two of one title: tid 6, (tid 7), tid 8.", 24, []string{"two of one title: tid 6,", "(tid 7), tid 8."}},
		{"two of one title: (tid 6), tid 7", 21, []string{"two of one title:", "(tid 6), tid 7"}},
		{"unbreakable", 4, []string{"unbr", "eaka", "ble"}},
		{"中", 1, []string{"中"}},
	} {
		if got := Wrap(c.text, c.n); !slices.Equal(got, c.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

// Wrapping loses nothing but blanks, and no line is too wide unless it is one character.
func FuzzWrap(f *testing.F) {
	f.Add("any one of 张三, 李四 “引号” 👍🏽", 7)
	f.Fuzz(func(t *testing.T, text string, n int) {
		text = OneLine(text)
		n = 2 + max(n, -n)%100
		lines := Wrap(text, n)
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if squeeze(strings.Join(lines, "")) != squeeze(text) {
			t.Fatalf("wrap(%q, %d) lost text: %q", text, n, lines)
		}
		for _, l := range lines {
			if Width(l) > n && uniseg.GraphemeClusterCount(l) > 2 {
				t.Fatalf("wrap(%q, %d): %q is %d wide", text, n, l, Width(l))
			}
		}
	})
}
