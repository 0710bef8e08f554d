package functions

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"countersign/schema/config/budget"
)

// metered makes every function of a table take from a budget: before the call what it will make, as far as its
// arguments show, and afterwards what it has made.
func metered(b *budget.Budget, table map[string]function.Function) map[string]function.Function {
	all := make(map[string]function.Function, len(table))
	for name, f := range table {
		all[name] = b.Function(f, costs[name], anyOf[name])
	}
	return all
}

// anyOf are the functions that turn their arguments into collections of elements of any type, and the type of each.
var anyOf = map[string]cty.Type{
	"tolist": cty.List(cty.DynamicPseudoType), "toset": cty.Set(cty.DynamicPseudoType),
	"tomap": cty.Map(cty.DynamicPseudoType), "setproduct": cty.List(cty.DynamicPseudoType),
}

// costs are what functions take besides their result, or before there is one. Arguments are known, and without marks.
var costs = map[string]func(args []cty.Value) budget.Cost{
	"indent": func(a []cty.Value) budget.Cost {
		n, s := count64(a[0]), a[1].AsString()
		return budget.Cost{Bytes: budget.Plus(budget.Times(n, 1+int64(strings.Count(s, "\n"))), int64(len(s)))}
	},
	"format":     func(a []cty.Value) budget.Cost { return formatCost(a, 1) },
	"formatlist": func(a []cty.Value) budget.Cost { return formatCost(a, longest(a[1:])) },
	"join": func(a []cty.Value) budget.Cost {
		var c budget.Cost
		for _, list := range a[1:] {
			w := budget.Measure(list)
			c.Bytes = budget.Plus(budget.Plus(c.Bytes, w.Bytes), budget.Times(int64(len(a[0].AsString())), w.Elements))
		}
		return c
	},
	"replace": func(a []cty.Value) budget.Cost {
		return replaceCost(a[0].AsString(), a[1].AsString(), a[2].AsString())
	},
	"regex": func(a []cty.Value) budget.Cost { return matchCost(a[0].AsString(), a[1].AsString()) },
	"regexall": func(a []cty.Value) budget.Cost {
		c := matchCost(a[0].AsString(), a[1].AsString())
		c.Elements = budget.Times(int64(utf8.RuneCountInString(a[1].AsString())+1),
			int64(1+strings.Count(a[0].AsString(), "(")))
		return c
	},
	"split": func(a []cty.Value) budget.Cost {
		return budget.Cost{Bytes: int64(len(a[1].AsString())),
			Elements: int64(strings.Count(a[1].AsString(), a[0].AsString()) + 1)}
	},
	"parseint": func(a []cty.Value) budget.Cost {
		n := int64(len(a[0].AsString()))
		return budget.Cost{Steps: budget.Times(n, n) / 256}
	},
	"setproduct": func(a []cty.Value) budget.Cost {
		n := int64(1)
		for _, list := range a {
			if list.CanIterateElements() {
				n = budget.Times(n, int64(list.LengthInt()))
			}
		}
		return budget.Cost{Elements: budget.Times(n, int64(len(a)+1)), Steps: n}
	},
	"distinct": func(a []cty.Value) budget.Cost {
		n := length64(a[0])
		if ty := a[0].Type(); ty.IsCollectionType() && ty.ElementType() == cty.String {
			return budget.Cost{Steps: n}
		}
		return budget.Cost{Steps: budget.Times(n, n)} // it compares all with all
	},
	"length": graphemes, "substr": graphemes, "strrev": graphemes,
	"trim": func(a []cty.Value) budget.Cost {
		return budget.Cost{Steps: budget.Times(int64(len(a[0].AsString())), int64(len(a[1].AsString()))) / 64}
	},
	"sort": func(a []cty.Value) budget.Cost { return budget.Cost{Steps: budget.Times(length64(a[0]), 8)} },
	"jsonencode": func(a []cty.Value) budget.Cost {
		w := budget.Measure(a[0])
		return budget.Cost{Bytes: budget.Plus(budget.Times(w.Bytes, 6), budget.Times(w.Elements, 16)),
			Steps: w.Elements}
	},
	"yamlencode": func(a []cty.Value) budget.Cost {
		w := budget.Measure(a[0])
		return budget.Cost{Bytes: budget.Plus(budget.Times(w.Bytes, 6), budget.Times(w.Elements, 16+2*depth64(a[0]))),
			Steps: w.Elements}
	},
	"jsondecode": func(a []cty.Value) budget.Cost { return decodeCost(a[0].AsString(), ",:[{", 4) },
	"csvdecode":  func(a []cty.Value) budget.Cost { return decodeCost(a[0].AsString(), ",\n", 4) },
	"yamldecode": func(a []cty.Value) budget.Cost { return yamlCost(a[0].AsString()) },
	"coalesce": func(a []cty.Value) budget.Cost { // it finds one type for all
		n := int64(len(a))
		return budget.Cost{Steps: budget.Times(n, n) / 16}
	},
	"concat":    gathered,
	"flatten":   func(a []cty.Value) budget.Cost { return budget.Cost{Elements: budget.Measure(a[0]).Elements} },
	"merge":     gathered,
	"reverse":   gathered,
	"chunklist": gathered,
	"keys":      gathered,
	"values":    gathered,
	"zipmap":    gathered,
	"index":     func(a []cty.Value) budget.Cost { return budget.Cost{Steps: length64(a[0])} },
	"contains":  func(a []cty.Value) budget.Cost { return budget.Cost{Steps: length64(a[0])} },
}

// graphemes is the cost of finding the characters of a text, each with its accents.
func graphemes(a []cty.Value) budget.Cost {
	if a[0].Type() != cty.String {
		return budget.Cost{}
	}
	return budget.Cost{Steps: int64(len(a[0].AsString()))}
}

// gathered is the cost of all elements of all arguments.
func gathered(a []cty.Value) budget.Cost {
	n := int64(0)
	for _, v := range a {
		n = budget.Plus(n, length64(v))
	}
	return budget.Cost{Elements: n, Steps: n}
}

// depth64 is how deep a value is nested.
func depth64(v cty.Value) int64 {
	most := int64(0)
	v, _ = v.Unmark()
	if v.IsKnown() && !v.IsNull() && v.CanIterateElements() {
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			most = max(most, 1+depth64(e))
		}
	}
	return most
}

func length64(v cty.Value) int64 {
	if v.CanIterateElements() && v.Length().IsKnown() {
		return int64(v.LengthInt())
	}
	return 1
}

// longest is the length of the longest of some lists.
func longest(lists []cty.Value) int64 {
	n := int64(1)
	for _, list := range lists {
		n = max(n, length64(list))
	}
	return n
}

// count64 is a number of repetitions. The function itself reports a wrong one.
func count64(v cty.Value) int64 {
	n, _ := v.AsBigFloat().Int64()
	return max(n, 0)
}

// formatCost is the cost of n texts of one format at most: each verb as wide as it says, with the longest argument.
func formatCost(a []cty.Value, n int64) budget.Cost {
	format, widest, verbs, wide := a[0].AsString(), int64(0), int64(0), int64(0)
	for _, v := range a[1:] {
		m := budget.Measure(v)
		widest = max(widest, budget.Plus(budget.Times(m.Bytes, 6), budget.Times(m.Elements, 16)), digitsOf(v))
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		verbs++
		for i++; i < len(format) && strings.IndexByte("0123456789.+-# []", format[i]) >= 0; {
			digits := int64(0)
			for i < len(format) && '0' <= format[i] && format[i] <= '9' {
				digits = budget.Plus(budget.Times(digits, 10), int64(format[i]-'0'))
				i++
			}
			wide = budget.Plus(wide, digits)
			if digits == 0 {
				i++
			}
		}
	}
	return budget.Cost{Bytes: budget.Times(n, budget.Plus(budget.Plus(int64(len(format)),
		budget.Times(verbs, budget.Plus(widest, 64))), wide))}
}

// digitsOf is how many digits a number has, be it written as a text, or the longest number in a list.
func digitsOf(v cty.Value) (most int64) {
	v, _ = v.Unmark()
	if n, is := budget.Number(v); is {
		f := n.AsBigFloat()
		e := int64(f.MantExp(nil)) // 0 of one that is infinite
		return max(e, -e) * 3 / 10
	}
	if ty := v.Type(); (ty.IsListType() || ty.IsSetType() || ty.IsTupleType()) && v.IsKnown() && !v.IsNull() {
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			most = max(most, digitsOf(e))
		}
	}
	return most
}

// matchCost is the cost of looking for a pattern: it is compiled, and then at most each of its instructions is tried
// for each byte.
func matchCost(pattern, text string) budget.Cost {
	n := instructions(pattern)
	return budget.Cost{Steps: budget.Plus(n, budget.Times(int64(len(text)), n)/128)}
}

// instructions is how many a pattern has. They are counted exactly where it matters: {1,1000} makes a thousand.
func instructions(pattern string) int64 {
	if !strings.Contains(pattern, "{") {
		return int64(len(pattern)) + 1
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 1
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 1
	}
	return int64(len(program.Inst))
}

// replaceCost is the cost of the text that replace makes.
func replaceCost(text, old, with string) budget.Cost {
	n, grown := int64(0), int64(0)
	if pattern, is := patternOf(old); is {
		c := matchCost(pattern, text)
		// There is an upper bound for patterns. What stays below it need not be counted.
		n, grown = int64(len(text)+1), budget.Times(int64(strings.Count(with, "$")), int64(len(text)))
		if re, err := regexp.Compile(pattern); err == nil && budget.Times(n, int64(len(with))) > 1<<20 {
			n = int64(len(re.FindAllStringIndex(text, -1)))
		}
		c.Bytes = budget.Plus(budget.Plus(int64(len(text)), grown), budget.Times(n, int64(len(with))))
		return c
	}
	n = int64(strings.Count(text, old))
	return budget.Cost{Bytes: budget.Plus(int64(len(text)), budget.Times(n, int64(len(with))))}
}

// decodeCost is the cost of decoding a text in which each element has one of some signs.
func decodeCost(text, signs string, perElement int64) budget.Cost {
	n := int64(1)
	for i := range len(signs) {
		n += int64(strings.Count(text, signs[i:i+1]))
	}
	return budget.Cost{Bytes: int64(len(text)), Elements: n, Steps: budget.Times(n, perElement)}
}
