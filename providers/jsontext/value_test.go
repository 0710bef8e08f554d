package jsontext

import (
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"
)

func TestInteger(t *testing.T) {
	tests := []struct {
		in   Value
		n    int64
		ok   bool
		fail bool
	}{
		{in: `7`, n: 7, ok: true},
		{in: `"7"`, n: 7, ok: true},
		{in: `" 7 "`, n: 7, ok: true},
		{in: `-1`, n: -1, ok: true},
		{in: `7.0`, n: 7, ok: true},
		{in: `1.634714946e9`, n: 1634714946, ok: true},
		{in: `9007199254740993`, n: 9007199254740993, ok: true}, // a float64 would make it …992
		{in: `"9223372036854775807"`, n: 9223372036854775807, ok: true},
		{in: ``},
		{in: `null`},
		{in: `""`},
		{in: `" "`},
		{in: `9223372036854775808`, fail: true},
		{in: `1e300`, fail: true},
		{in: `7.5`, fail: true},
		{in: `"seven"`, fail: true},
		{in: `"NaN"`, fail: true},
		{in: `true`, fail: true},
		{in: `[7]`, fail: true},
		{in: `{}`, fail: true},
	}
	for _, test := range tests {
		n, ok, err := test.in.Integer()
		if n != test.n || ok != test.ok || (err != nil) != test.fail {
			t.Errorf("integer of %s: %d, %t, %v", test.in, n, ok, err)
		}
	}
}

func TestMoment(t *testing.T) {
	tests := map[Value]int64{
		`1634714946`:                  1634714946,
		`"1634714946"`:                1634714946,
		`1634714946123`:               1634714946, // milliseconds
		`"2021-10-20 15:29:06"`:       1634714946, // in China
		`"2021-10-20T15:29:06+08:00"`: 1634714946,
		`"2021-10-20T07:29:06Z"`:      1634714946,
		`"2021/10/20 15:29:06"`:       1634714946,
		`0`:                           0,
		`-5`:                          0,
		`null`:                        0,
		`""`:                          0,
		`"yesterday"`:                 0,
		`{}`:                          0,
		``:                            0,
	}
	for in, want := range tests {
		if got := in.Moment(); got != want {
			t.Errorf("moment of %s: %d, want %d", in, got, want)
		}
	}
}

// FuzzValue holds the walk over JSON text against encoding/json: both must see the same members, elements and
// strings in every text that is JSON.
func FuzzValue(f *testing.F) {
	example, err := os.ReadFile("../yomicloud/testdata/templet-content.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(example), `[]`, `{}`, ` { "a" : [ 1 , "b" , { } ] , "c\"d" : null } `,
		`"\ud83d\ude00 \ud83d \udE00x \u00e9\/\b\f\n\r\t\\\""`, `[[[1,[2]],"]"],{"}":"{"}]`, `-0.5e+7`, `{"a":1,"a":2}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := Parse(text)
		if !ok || !utf8.ValidString(text) {
			return // readAnswer mends text that is not UTF-8 before anything walks it
		}
		var want any
		if json.Unmarshal([]byte(v), &want) != nil {
			return // nested too deep
		}
		again, err := json.Marshal(rebuild(v))
		if err != nil {
			t.Fatal(err)
		}
		expected, _ := json.Marshal(want)
		if string(again) != string(expected) {
			t.Errorf("%q\nwas read as %s\nnot as     %s", text, again, expected)
		}
	})
}

// rebuild reads a value as encoding/json reads into any, with the methods that the decoding is made of.
func rebuild(v Value) any {
	switch {
	case v.Is('{'):
		m, o := map[string]any{}, v.Object()
		for _, in := range o {
			m[in.Key] = rebuild(o.Get(in.Key))
		}
		return m
	case v.Is('['):
		l := []any{}
		for v := range v.Elements() {
			l = append(l, rebuild(v))
		}
		return l
	case v.Is('"'):
		return v.Text()
	}
	var x any
	json.Unmarshal([]byte(v), &x)
	return x
}
