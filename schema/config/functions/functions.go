// Package functions has the functions of the language: those that work on values, under Terraform's names, and those
// that read files and the environment. Each takes from the budget of the evaluation: before the call, what its
// arguments show that it will make, and afterwards what it has made (cost.go). They know no blocks.
package functions

import (
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"countersign/schema/config/budget"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/syntax"
)

// New is every function of the language. They read files below dir, and read is called with each; without an
// environment (nil), env is an error. marked reports whether a reference leads to something sensitive.
func New(dir string, environ map[string]string, read func(path string),
	marked func(hcl.Traversal, *hcl.EvalContext) bool, b *budget.Budget) map[string]function.Function {
	all := pureFunctions(marked)
	all["env"] = envFunc(environ)
	f := &files{dir: dir, noted: read, budget: b}
	f.within = sync.OnceValue(func() map[string]function.Function {
		some := pureFunctions(sensitive.Marked)
		maps.Copy(some, f.functions())
		delete(some, "templatefile")
		return metered(b, some)
	})
	maps.Copy(all, f.functions())
	return metered(b, all)
}

// Names lists the names of the language's functions, sorted.
func Names() []string {
	return slices.Sorted(maps.Keys(New("", nil, nil, sensitive.Marked, new(budget.Budget))))
}

// pureFunctions are the functions that depend on their arguments alone.
func pureFunctions(marked func(hcl.Traversal, *hcl.EvalContext) bool) map[string]function.Function {
	all := maps.Clone(pure)
	maps.Copy(all, tryFunctions(marked))
	return all
}

// pure are those of them that are the same in every evaluation.
var pure = map[string]function.Function{
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
	"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc,
	"signum": stdlib.SignumFunc, "sum": static(cty.Number, sum, param("list", cty.DynamicPseudoType)),

	"chomp": stdlib.ChompFunc, "endswith": affixFunc("suffix", strings.HasSuffix), "format": stdlib.FormatFunc,
	"formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc, "join": stdlib.JoinFunc,
	"lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc,
	"replace": static(cty.String, replace, param("str", cty.String), param("substr", cty.String),
		param("replace", cty.String)),
	"split": stdlib.SplitFunc, "startswith": affixFunc("prefix", strings.HasPrefix),
	"strcontains": affixFunc("substr", strings.Contains), "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc,
	"title": stdlib.TitleFunc, "trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc,
	"trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,
	"urlencode": static(cty.String, func(args []cty.Value) (cty.Value, error) {
		return cty.StringVal(url.QueryEscape(args[0].AsString())), nil
	}, param("str", cty.String)),

	"alltrue": everyFunc(true), "anytrue": everyFunc(false), "chunklist": stdlib.ChunklistFunc,
	"coalesce": coalesceFunc, "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
	"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": distinctFunc,
	"element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "index": indexFunc, "keys": stdlib.KeysFunc,
	"length": lengthFunc, "lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc, "one": oneFunc,
	"range":   stdlib.RangeFunc,
	"reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
	"setproduct": stdlib.SetProductFunc, "setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc,
	"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "transpose": transposeFunc, "values": stdlib.ValuesFunc,
	"zipmap": stdlib.ZipmapFunc,

	"csvdecode": stdlib.CSVDecodeFunc, "formatdate": stdlib.FormatDateFunc,
	"jsondecode": decodeFunc(jsondecodeFunc, syntax.CheckData), "jsonencode": stdlib.JSONEncodeFunc,
	"timeadd":    stdlib.TimeAddFunc,
	"timecmp":    static(cty.Number, timecmp, param("timestamp_a", cty.String), param("timestamp_b", cty.String)),
	"yamldecode": decodeFunc(ctyyaml.YAMLDecodeFunc, checkYAML),
	"yamlencode": ctyyaml.YAMLEncodeFunc,

	"nonsensitive": sensitivityFunc(false), "sensitive": sensitivityFunc(true), "tobool": stdlib.MakeToFunc(cty.Bool),
	"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
	"tomap":  stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), "tonumber": stdlib.MakeToFunc(cty.Number),
	"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String),
}

// static is a function whose result always has one type.
func static(result cty.Type, do func(args []cty.Value) (cty.Value, error),
	takes ...function.Parameter) function.Function {
	return function.New(&function.Spec{Params: takes, Type: function.StaticReturnType(result),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return do(args) }})
}

func param(name string, ty cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: ty}
}

// distinctFunc leaves out elements that a list has already. cty compares all with all; for texts there is a faster way.
var distinctFunc = function.New(&function.Spec{
	Params: stdlib.DistinctFunc.Params(),
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		if ty.ElementType() != cty.String || !args[0].IsWhollyKnown() {
			return stdlib.DistinctFunc.Call(args)
		}
		seen := map[string]bool{}
		var rest []cty.Value
		for it := args[0].ElementIterator(); it.Next(); {
			_, e := it.Element()
			key := "null"
			if !e.IsNull() {
				key = "=" + e.AsString()
			}
			if !seen[key] {
				seen[key] = true
				rest = append(rest, e)
			}
		}
		if len(rest) == 0 {
			return args[0], nil
		}
		return cty.ListVal(rest), nil
	},
})

// lengthFunc counts the elements of a collection or the characters of a string.
var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true,
		AllowUnknown: true}},
	Type: func(args []cty.Value) (cty.Type, error) {
		ty := args[0].Type()
		if ty == cty.String || ty == cty.DynamicPseudoType || ty.IsCollectionType() || ty.IsTupleType() ||
			ty.IsObjectType() {
			return cty.Number, nil
		}
		return cty.Number, function.NewArgErrorf(0, "a list, a set, a map or a string is needed here")
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch v := args[0]; {
		case v.Type() == cty.DynamicPseudoType:
			return cty.UnknownVal(cty.Number), nil
		case v.Type() == cty.String:
			return stdlib.Strlen(v)
		case v.Type().IsObjectType():
			return cty.NumberIntVal(int64(len(v.Type().AttributeTypes()))), nil
		default:
			return v.Length(), nil
		}
	},
})

// sum adds the numbers of a list or set.
func sum(args []cty.Value) (cty.Value, error) {
	if ty := args[0].Type(); !ty.IsListType() && !ty.IsSetType() && !ty.IsTupleType() {
		return cty.NilVal, function.NewArgErrorf(0, "a list or set of numbers is needed here")
	}
	if args[0].LengthInt() == 0 {
		return cty.NilVal, function.NewArgErrorf(0, "the list is empty")
	}
	total := cty.Zero
	for it := args[0].ElementIterator(); it.Next(); {
		_, e := it.Element()
		n, err := convert.Convert(e, cty.Number)
		if err != nil || n.IsNull() {
			return cty.NilVal, function.NewArgErrorf(0, "every element must be a number")
		}
		total = total.Add(n)
	}
	return total, nil
}

// timecmp is -1, 0 or 1 where a time is before, at or after another one.
func timecmp(args []cty.Value) (cty.Value, error) {
	var times [2]time.Time
	for i, a := range args {
		var err error
		if times[i], err = time.Parse(time.RFC3339, a.AsString()); err != nil {
			return cty.NilVal, function.NewArgErrorf(i, "it is not a time such as \"2026-11-27T12:00:00Z\"")
		}
	}
	return cty.NumberIntVal(int64(times[0].Compare(times[1]))), nil
}

// indexFunc is the index of the first element that has a value.
var indexFunc = static(cty.Number, func(args []cty.Value) (cty.Value, error) {
	if ty := args[0].Type(); !ty.IsListType() && !ty.IsTupleType() {
		return cty.NilVal, function.NewArgErrorf(0, "a list is needed here")
	}
	for it := args[0].ElementIterator(); it.Next(); {
		i, e := it.Element()
		switch same, err := stdlib.Equal(e, args[1]); {
		case err != nil:
			return cty.NilVal, err
		case !same.IsKnown():
			return cty.UnknownVal(cty.Number), nil
		case same.True():
			return i, nil
		}
	}
	return cty.NilVal, function.NewArgErrorf(1, "the list has no such element")
}, param("list", cty.DynamicPseudoType), param("value", cty.DynamicPseudoType))

// replace replaces text; a pattern between slashes is a regular expression.
func replace(args []cty.Value) (cty.Value, error) {
	text, old, with := args[0].AsString(), args[1].AsString(), args[2].AsString()
	if expression, is := patternOf(old); is {
		pattern, err := regexp.Compile(expression)
		if err != nil {
			return cty.NilVal, function.NewArgError(1, err)
		}
		return cty.StringVal(pattern.ReplaceAllString(text, with)), nil
	}
	return cty.StringVal(strings.ReplaceAll(text, old, with)), nil
}

// patternOf is the regular expression between slashes that replace looks for; false for a plain text.
func patternOf(old string) (string, bool) {
	if len(old) > 1 && strings.HasPrefix(old, "/") && strings.HasSuffix(old, "/") {
		return old[1 : len(old)-1], true
	}
	return "", false
}

func affixFunc(name string, has func(string, string) bool) function.Function {
	return static(cty.Bool, func(args []cty.Value) (cty.Value, error) {
		return cty.BoolVal(has(args[0].AsString(), args[1].AsString())), nil
	}, param("str", cty.String), param(name, cty.String))
}

// everyFunc is alltrue and anytrue: the answer is all, unless an element is the opposite.
func everyFunc(all bool) function.Function {
	return static(cty.Bool, func(args []cty.Value) (cty.Value, error) {
		known := true
		for it := args[0].ElementIterator(); it.Next(); {
			_, e := it.Element()
			switch {
			case !e.IsKnown():
				known = false
			case all && (e.IsNull() || e.False()), !all && !e.IsNull() && e.True():
				return cty.BoolVal(!all), nil
			}
		}
		if !known {
			return cty.UnknownVal(cty.Bool), nil
		}
		return cty.BoolVal(all), nil
	}, param("list", cty.List(cty.Bool)))
}

// coalesceFunc is the first argument that is neither null nor an empty string.
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "vals", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true,
		AllowNull: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		types := make([]cty.Type, len(args))
		for i, a := range args {
			types[i] = a.Type()
		}
		ty, _ := convert.UnifyUnsafe(types)
		if ty == cty.NilType {
			return cty.NilType, errors.New("all arguments must have one type")
		}
		return ty, nil
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		for _, a := range args {
			v, err := convert.Convert(a, ty)
			if err != nil {
				return cty.NilVal, err
			}
			if !v.IsKnown() {
				return cty.UnknownVal(ty), nil
			}
			if v.IsNull() || ty == cty.String && v.AsString() == "" {
				continue
			}
			return v, nil
		}
		return cty.NilVal, errors.New("no argument has a value: each is null or an empty string")
	},
})

// oneFunc is the only element of a list or set, null when it is empty.
var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		switch ty := args[0].Type(); {
		case ty.IsListType() || ty.IsSetType():
			return ty.ElementType(), nil
		case ty.IsTupleType() && ty.Length() == 1:
			return ty.TupleElementType(0), nil
		case ty.IsTupleType() && ty.Length() == 0:
			return cty.DynamicPseudoType, nil
		}
		return cty.NilType, function.NewArgErrorf(0, "a list or set with one element or none is needed here")
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		switch args[0].LengthInt() {
		case 0:
			return cty.NullVal(ty), nil
		case 1:
			it := args[0].ElementIterator()
			it.Next()
			_, e := it.Element()
			return e, nil
		}
		return cty.NilVal, function.NewArgErrorf(0, "a list or set with one element or none is needed here")
	},
})

// transposeFunc swaps the keys and the elements of a map of lists of strings.
var transposeFunc = static(cty.Map(cty.List(cty.String)), func(args []cty.Value) (cty.Value, error) {
	if !args[0].IsWhollyKnown() {
		return cty.UnknownVal(cty.Map(cty.List(cty.String))), nil
	}
	turned := map[string][]cty.Value{}
	for it := args[0].ElementIterator(); it.Next(); {
		k, list := it.Element()
		if list.IsNull() {
			return cty.NilVal, function.NewArgErrorf(0, "the list of %q is null", k.AsString())
		}
		for each := list.ElementIterator(); each.Next(); {
			_, e := each.Element()
			if e.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "the list of %q has a null element", k.AsString())
			}
			turned[e.AsString()] = append(turned[e.AsString()], k)
		}
	}
	if len(turned) == 0 {
		return cty.MapValEmpty(cty.List(cty.String)), nil
	}
	lists := make(map[string]cty.Value, len(turned))
	for k, list := range turned {
		lists[k] = cty.ListVal(list)
	}
	return cty.MapVal(lists), nil
}, param("values", cty.Map(cty.List(cty.String))))

// sensitivityFunc marks its argument as sensitive, or takes the mark away.
func sensitivityFunc(secret bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowNull: true,
			AllowMarked: true, AllowDynamicType: true}},
		Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, _ := args[0].Unmark()
			if secret {
				v = v.Mark(sensitive.Mark)
			}
			return v, nil
		},
	})
}

// envFunc reads an environment variable. For one that is not set, or empty, the result is the second argument, or else
// null. Whatever comes from the environment is sensitive. Without an environment (nil), reading it is an error.
func envFunc(environ map[string]string) function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "name", Type: cty.String}},
		VarParam: &function.Parameter{Name: "default", Type: cty.String, AllowNull: true},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if len(args) > 2 {
				return cty.NilVal, errors.New("env takes a name and at most one default")
			}
			if environ == nil {
				return cty.NilVal, sensitive.ErrNoEnviron
			}
			if text := environ[args[0].AsString()]; text != "" {
				return cty.StringVal(text).Mark(sensitive.Mark), nil
			}
			if len(args) == 2 {
				return args[1].Mark(sensitive.Mark), nil
			}
			return cty.NullVal(cty.String).Mark(sensitive.Mark), nil
		},
	})
}
