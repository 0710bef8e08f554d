package functions

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"countersign/schema/config/budget"
	"countersign/schema/config/disk"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/syntax"
	"countersign/schema/spelling"
)

// fileFunctions are the functions about files. Relative paths start from dir, the folder of the configuration; read is
// called with each file that one reads.
func fileFunctions(dir string, read func(path string), b *budget.Budget) map[string]function.Function {
	names := &disk.Names{}
	full := func(path string) (string, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		found, err := names.Path(path)
		if err != nil {
			return "", function.NewArgErrorf(0, "%s", err)
		}
		return found, nil
	}
	return map[string]function.Function{
		"basename": pathFunc(filepath.Base),
		"dirname":  pathFunc(filepath.Dir),
		"file": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "path", Type: cty.String}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				path, err := full(args[0].AsString())
				if err != nil {
					return cty.NilVal, err
				}
				read(path)
				text, err := readArgument(dir, path)
				if err != nil {
					return cty.NilVal, err
				}
				return cty.StringVal(string(text)), nil
			},
		}),
		"fileset":      filesetFunc(dir, full, b),
		"templatefile": templatefileFunc(dir, full, read, b),
	}
}

func pathFunc(of func(string) string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.StringVal(filepath.ToSlash(of(args[0].AsString()))), nil
		},
	})
}

// readArgument reads a text file that an expression names.
func readArgument(dir, path string) ([]byte, error) {
	src, err := disk.ReadData(dir, path)
	if err != nil {
		return nil, function.NewArgErrorf(0, "%s", err)
	}
	src = syntax.WithoutMark(src)
	if !utf8.Valid(src) {
		return nil, function.NewArgErrorf(0, "%s is not UTF-8 text", path)
	}
	return src, nil
}

// A pattern may have so many bytes, and so many of what makes it fit in several ways, each of which is tried.
const (
	maxPattern = 1000
	maxWild    = 5
)

// countedFS is a file system that draws for every folder that is listed and every entry in it.
type countedFS struct {
	fs.FS
	budget *budget.Budget
}

func (c countedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(c.FS, name)
	if err == nil {
		err = c.budget.Take(budget.Cost{Steps: int64(len(entries)+1) * 20})
	}
	return entries, err
}

func (c countedFS) Stat(name string) (fs.FileInfo, error) {
	if err := c.budget.Take(budget.Cost{Steps: 20}); err != nil {
		return nil, err
	}
	return fs.Stat(c.FS, name)
}

// filesetFunc lists the files below a folder that a pattern fits, ** standing for any depth.
func filesetFunc(dir string, full func(string) (string, error), b *budget.Budget) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			root, err := full(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			pattern := filepath.ToSlash(args[1].AsString())
			if !doublestar.ValidatePattern(pattern) || !fs.ValidPath(pattern) {
				return cty.NilVal, function.NewArgErrorf(1, "%q is not a pattern of "+
					"relative paths, such as \"**/*.csv\"", pattern)
			}
			// A folder that is not there must not look like one without files: what hangs on the files would be
			// removed.
			folder, err := disk.ListFolder(dir, root)
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "%s", err)
			}
			if len(pattern) > maxPattern || strings.Count(pattern, "{")+strings.Count(pattern, "**") > maxWild {
				return cty.NilVal, function.NewArgErrorf(1, "a pattern has at most %d bytes and %d of {…} and **",
					maxPattern, maxWild)
			}
			names, err := doublestar.Glob(countedFS{folder, b}, pattern, doublestar.WithFilesOnly(),
				doublestar.WithFailOnIOErrors())
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "listing %s: %s", root, disk.Reason(err))
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			slices.Sort(names)
			for i, name := range names {
				if i > 0 && name == names[i-1] { // a set would silently hold one of the two
					return cty.NilVal, function.NewArgErrorf(0, "listing %s: %s", root, folder.Ambiguous(name))
				}
			}
			found := make([]cty.Value, len(names))
			for i, name := range names {
				found[i] = cty.StringVal(name)
			}
			return cty.SetVal(found), nil
		},
	})
}

// templatefileFunc reads a file of text with ${…} in it and fills it in from an object or map.
func templatefileFunc(dir string, full func(string) (string, error), read func(path string),
	b *budget.Budget) function.Function {
	pure := sync.OnceValue(func() map[string]function.Function { return drawing(b, pureFunctions(sensitive.Marked)) })
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			path, err := full(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			read(path)
			src, err := readArgument(dir, path)
			if err != nil {
				return cty.NilVal, err
			}
			if d := syntax.Refuse(src, path, syntax.Template); d != nil {
				return cty.NilVal, function.NewArgErrorf(0, "%s", d.Error())
			}
			if ty := args[1].Type(); !ty.IsObjectType() && !ty.IsMapType() {
				return cty.NilVal, function.NewArgErrorf(1, "a map or an object is needed here")
			}
			if err := b.Take(budget.Cost{Bytes: int64(len(src)), Steps: int64(len(src))}); err != nil {
				return cty.NilVal, err
			}
			src = []byte(spelling.Form(string(src))) // as what it makes is, so that its names are those of the values
			expr, diags := hclsyntax.ParseTemplate(src, path, hcl.InitialPos)
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgErrorf(0, "%s", diags[0].Error())
			}
			ctx := &hcl.EvalContext{Variables: args[1].AsValueMap(), Functions: pure()}
			for _, t := range expr.Variables() {
				if _, ok := ctx.Variables[t.RootName()]; !ok {
					return cty.NilVal, function.NewArgErrorf(1, "%s uses %q, which is not among the values given", path,
						t.RootName())
				}
			}
			v, diags := b.Once(expr, ctx)
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgErrorf(0, "%s", diags[0].Error())
			}
			v, err = convert.Convert(v, cty.String)
			if err != nil {
				return cty.NilVal, fmt.Errorf("%s does not make a string: %w", path, err)
			}
			return v, nil
		},
	})
}
