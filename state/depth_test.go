package state

import (
	"strings"
	"testing"
)

func TestDecodeRefusesWhatIsDeep(t *testing.T) {
	for text, deep := range map[string]bool{
		`{"a": ` + strings.Repeat("[", 2000):                                                 true,
		`{"a": ` + strings.Repeat(`{"b":`, 2000):                                             true,
		`{"a": "\"` + strings.Repeat("[", 2000) + `"}`:                                       false,
		`{"a": [` + strings.Repeat("[],{},", 2000) + `1]}`:                                   false,
		`{"a": ` + strings.Repeat("[", 400) + strings.Repeat("]", 400) + `, "b": ["\\", 1]}`: false,
	} {
		_, err := Decode([]byte(text))
		if told := err != nil && strings.Contains(err.Error(), "levels deep"); told != deep {
			t.Errorf("%.30s…: %v", text, err)
		}
	}
}
