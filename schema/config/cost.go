package config

import (
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// functions makes every function of a table draw on the budget: for what it will make, as far as its arguments tell,
// before it is called, and for what it has made afterwards.
func (b *budget) functions(table map[string]function.Function) map[string]function.Function {
	metered := make(map[string]function.Function, len(table))
	for name, f := range table {
		metered[name] = b.function(f, costs[name], anyOf[name])
	}
	return metered
}

// function wraps one. All that it takes in goes on to the function as it is, marks and unknown values too.
func (b *budget) function(f function.Function, foreseen func([]cty.Value) cost, any cty.Type) function.Function {
	params, more := f.Params(), f.VarParam()
	wanted := make([]cty.Type, len(params), len(params)+1)
	open := func(p *function.Parameter) cty.Type {
		p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
		ty := p.Type
		if ty.IsCollectionType() {
			p.Type = cty.DynamicPseudoType // it is converted here
		}
		return ty
	}
	for i := range params {
		wanted[i] = open(&params[i])
	}
	if more != nil {
		wanted = append(wanted, open(more))
	}
	return function.New(&function.Spec{Params: params, VarParam: more,
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (v cty.Value, err error) {
			defer func() {
				if p := recover(); p != nil {
					v, err = cty.NilVal, unanswered(p)
				}
			}()
			if b.spent != nil {
				return cty.NilVal, outOfBudget{}
			}
			for i, a := range args {
				ty := wanted[min(i, len(wanted)-1)]
				if ty == cty.Number {
					b.numeral(a)
				}
				if ty.IsCollectionType() && a.Type() != cty.DynamicPseudoType {
					a, err = b.convert(a, ty)
				} else if any != cty.NilType {
					a, err = b.prepared(a, any, 0)
				}
				if err != nil {
					return cty.NilVal, function.NewArgError(i, err)
				}
				args[i] = a
			}
			if bare, known := plainArguments(args); known {
				c := read(bare)
				if foreseen != nil {
					c = c.plus(foreseen(bare))
				}
				if err := b.afford(c); err != nil {
					return cty.NilVal, err
				}
				if err := b.take(cost{steps: c.steps}); err != nil {
					return cty.NilVal, err
				}
			}
			v, err = f.Call(args)
			if p, panicked := err.(function.PanicError); panicked {
				return cty.NilVal, unanswered(p.Value)
			}
			if err != nil {
				return cty.NilVal, err
			}
			return v, b.take(b.weighed(v))
		}})
}

// unanswered is the error of a function that panicked: cty's would show the stack.
func unanswered(p any) error {
	if spent, ours := p.(outOfBudget); ours {
		return spent
	}
	return fmt.Errorf("it has no answer to these arguments (%v)", p)
}

// weighed is weigh for functions, which return errors.
func (b *budget) weighed(v cty.Value) (c cost) {
	defer func() {
		if p := recover(); p != nil {
			if _, ours := p.(outOfBudget); !ours {
				panic(p)
			}
		}
	}()
	return b.weigh(v)
}

// plainArguments are arguments without their marks; known is false when a function would not be called with them.
func plainArguments(args []cty.Value) (bare []cty.Value, known bool) {
	bare = make([]cty.Value, len(args))
	for i, a := range args {
		v, _ := a.Unmark()
		if !v.IsKnown() || v.IsNull() || customdecode.CustomExpressionDecoderForType(v.Type()) != nil {
			return nil, false
		}
		bare[i] = v
	}
	return bare, true
}

// anyOf are the functions that make a collection of what they are given, whatever type its elements have, and which
// one.
var anyOf = map[string]cty.Type{
	"tolist": cty.List(cty.DynamicPseudoType), "toset": cty.Set(cty.DynamicPseudoType), "tomap": cty.Map(cty.DynamicPseudoType), "setproduct": cty.List(cty.DynamicPseudoType),
}

// costs are what functions take besides their result, or before there is one.
var costs = map[string]func(args []cty.Value) cost{
	"indent": func(a []cty.Value) cost {
		n, s := count64(a[0]), a[1].AsString()
		return cost{bytes: plus(times(n, 1+int64(strings.Count(s, "\n"))), int64(len(s)))}
	},
	"format":     func(a []cty.Value) cost { return formatCost(a, 1) },
	"formatlist": func(a []cty.Value) cost { return formatCost(a, longest(a[1:])) },
	"join": func(a []cty.Value) cost {
		var c cost
		for _, list := range a[1:] {
			w := measure(list)
			c.bytes = plus(plus(c.bytes, w.bytes), times(int64(len(a[0].AsString())), w.elements))
		}
		return c
	},
	"replace": func(a []cty.Value) cost { return replaceCost(a[0].AsString(), a[1].AsString(), a[2].AsString()) },
	"regex":   func(a []cty.Value) cost { return matchCost(a[0].AsString(), a[1].AsString()) },
	"regexall": func(a []cty.Value) cost {
		c := matchCost(a[0].AsString(), a[1].AsString())
		c.elements = times(int64(utf8.RuneCountInString(a[1].AsString())+1),
			int64(1+strings.Count(a[0].AsString(), "(")))
		return c
	},
	"split": func(a []cty.Value) cost {
		return cost{bytes: int64(len(a[1].AsString())), elements: int64(strings.Count(a[1].AsString(),
			a[0].AsString()) + 1)}
	},
	"parseint": func(a []cty.Value) cost {
		n := int64(len(a[0].AsString()))
		return cost{steps: times(n, n) / 256}
	},
	"setproduct": func(a []cty.Value) cost {
		n := int64(1)
		for _, list := range a {
			if list.CanIterateElements() {
				n = times(n, int64(list.LengthInt()))
			}
		}
		return cost{elements: times(n, int64(len(a)+1)), steps: n}
	},
	"distinct": func(a []cty.Value) cost {
		n := length64(a[0])
		if ty := a[0].Type(); ty.IsCollectionType() && ty.ElementType() == cty.String {
			return cost{steps: n}
		}
		return cost{steps: times(n, n)} // it compares all with all
	},
	"length": graphemes, "substr": graphemes, "strrev": graphemes,
	"trim": func(a []cty.Value) cost {
		return cost{steps: times(int64(len(a[0].AsString())), int64(len(a[1].AsString()))) / 64}
	},
	"sort": func(a []cty.Value) cost { return cost{steps: times(length64(a[0]), 8)} },
	"jsonencode": func(a []cty.Value) cost {
		w := measure(a[0])
		return cost{bytes: plus(times(w.bytes, 6), times(w.elements, 16)), steps: w.elements}
	},
	"yamlencode": func(a []cty.Value) cost {
		w := measure(a[0])
		return cost{bytes: plus(times(w.bytes, 6), times(w.elements, 16+2*depth64(a[0]))), steps: w.elements}
	},
	"jsondecode": func(a []cty.Value) cost { return decodeCost(a[0].AsString(), ",:[{", 4) },
	"csvdecode":  func(a []cty.Value) cost { return decodeCost(a[0].AsString(), ",\n", 4) },
	"yamldecode": func(a []cty.Value) cost { return yamlCost(a[0].AsString()) },
	"coalesce": func(a []cty.Value) cost { // it finds one type for all
		n := int64(len(a))
		return cost{steps: times(n, n) / 16}
	},
	"concat":    gathered,
	"flatten":   func(a []cty.Value) cost { return cost{elements: measure(a[0]).elements} },
	"merge":     gathered,
	"reverse":   gathered,
	"chunklist": gathered,
	"keys":      gathered,
	"values":    gathered,
	"zipmap":    gathered,
	"contains":  func(a []cty.Value) cost { return cost{steps: length64(a[0])} },
}

// read is what it takes to read the texts among arguments.
func read(a []cty.Value) (c cost) {
	for _, v := range a {
		if v.Type() == cty.String {
			c.steps = plus(c.steps, int64(len(v.AsString()))/bytesPerStep)
		}
	}
	return c
}

// bytesPerStep is how much of a text is read in one step.
const bytesPerStep = 16

// graphemes is what it takes to tell the characters of a text apart, accents and what is put together from several.
func graphemes(a []cty.Value) cost {
	if a[0].Type() != cty.String {
		return cost{}
	}
	return cost{steps: int64(len(a[0].AsString()))}
}

// gathered is the elements of all arguments together.
func gathered(a []cty.Value) cost {
	n := int64(0)
	for _, v := range a {
		n = plus(n, length64(v))
	}
	return cost{elements: n, steps: n}
}

// measure is the elements and the text in a value.
func measure(v cty.Value) cost {
	unlimited := &budget{left: cost{steps: math.MaxInt64}, factor: 1}
	return unlimited.weighed(v)
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

// count64 is a number of times; one that is none is told by the function itself.
func count64(v cty.Value) int64 {
	n, _ := v.AsBigFloat().Int64()
	return max(n, 0)
}

// formatCost is what n texts of one format have at most: its verbs, as wide as they say, each with the longest
// argument.
func formatCost(a []cty.Value, n int64) cost {
	format, widest, verbs, wide := a[0].AsString(), int64(0), int64(0), int64(0)
	for _, v := range a[1:] {
		widest = max(widest, plus(times(measure(v).bytes, 6), times(measure(v).elements, 16)))
		widest = max(widest, digitsOf(v))
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		verbs++
		for i++; i < len(format) && strings.IndexByte("0123456789.+-# []", format[i]) >= 0; {
			digits := int64(0)
			for i < len(format) && '0' <= format[i] && format[i] <= '9' {
				digits = plus(times(digits, 10), int64(format[i]-'0'))
				i++
			}
			wide = plus(wide, digits)
			if digits == 0 {
				i++
			}
		}
	}
	return cost{bytes: times(n, plus(plus(int64(len(format)), times(verbs, plus(widest, 64))), wide))}
}

// digitsOf is how many digits a number has, or the longest one in a list, also of those that are texts.
func digitsOf(v cty.Value) (most int64) {
	v, _ = v.Unmark()
	if n, is := number(v); is && !n.AsBigFloat().IsInf() {
		e := int64(n.AsBigFloat().MantExp(nil))
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

// matchCost is what looking for a pattern takes: it is compiled, and then, at most, each of its instructions is tried
// for each byte.
func matchCost(pattern, text string) cost {
	n := instructions(pattern)
	return cost{steps: plus(n, times(int64(len(text)), n)/128)}
}

// instructions is how many a pattern has. They are counted where it matters: {1,1000} makes a thousand.
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

// replaceCost is the length of the text that replace makes.
func replaceCost(text, old, with string) cost {
	n, grown := int64(0), int64(0)
	if pattern, is := patternOf(old); is {
		c := matchCost(pattern, text)
		// Of patterns there is an upper bound first; what it allows need not be counted.
		n, grown = int64(len(text)+1), times(int64(strings.Count(with, "$")), int64(len(text)))
		if re, err := regexp.Compile(pattern); err == nil && times(n, int64(len(with))) > 1<<20 {
			n = int64(len(re.FindAllStringIndex(text, -1)))
		}
		c.bytes = plus(plus(int64(len(text)), grown), times(n, int64(len(with))))
		return c
	}
	n = int64(strings.Count(text, old))
	return cost{bytes: plus(int64(len(text)), times(n, int64(len(with))))}
}

// decodeCost is what comes of a text of which each element has one of some signs.
func decodeCost(text, signs string, perElement int64) cost {
	n := int64(1)
	for i := range len(signs) {
		n += int64(strings.Count(text, signs[i:i+1]))
	}
	return cost{bytes: int64(len(text)), elements: n, steps: times(n, perElement)}
}
