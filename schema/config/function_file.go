package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// fileFunctions are the functions about files. Relative paths start from dir, the folder of the configuration; read is told of
// each file that one reads.
func fileFunctions(dir string, read func(path string), b *budget) map[string]function.Function {
	full := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	return map[string]function.Function{
		"basename": pathFunc(filepath.Base),
		"dirname":  pathFunc(filepath.Dir),
		"file": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "path", Type: cty.String}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				read(full(args[0].AsString()))
				text, err := readArgument(full(args[0].AsString()))
				if err != nil {
					return cty.NilVal, err
				}
				return cty.StringVal(string(text)), nil
			},
		}),
		"fileset":      filesetFunc(full, b),
		"templatefile": templatefileFunc(full, read, b),
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
func readArgument(path string) ([]byte, error) {
	if ofSystem(path) {
		return nil, function.NewArgErrorf(0, "%s is no file but a window into the system, and what stands there (this process's environment, with its tokens) would be in every plan. env(\"NAME\") reads a variable, and keeps it secret", path)
	}
	src, problem := readText(path)
	if problem != nil {
		return nil, function.NewArgErrorf(0, "%s", strings.TrimSuffix(problem.Detail, "."))
	}
	src = withoutMark(src)
	if !utf8.Valid(src) {
		return nil, function.NewArgErrorf(0, "%s is not UTF-8 text", path)
	}
	return src, nil
}

// ofSystem reports whether a path leads to what the system makes up on the fly. A proposed configuration is planned before anybody
// has reviewed it, and its plan is shown to all.
func ofSystem(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	path, _ = filepath.Abs(path)
	for _, root := range []string{"/proc", "/sys", "/dev"} {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

// A pattern may have so many bytes, and so many of what makes it fit in several ways, each of which is tried.
const (
	maxPattern = 1000
	maxWild    = 5
)

// countedFS is a file system that draws for every folder that is listed and every entry in it.
type countedFS struct {
	fs.FS
	budget *budget
}

func (c countedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(c.FS, name)
	if err == nil {
		err = c.budget.take(cost{steps: int64(len(entries)+1) * 20})
	}
	return entries, err
}

func (c countedFS) Stat(name string) (fs.FileInfo, error) {
	if err := c.budget.take(cost{steps: 20}); err != nil {
		return nil, err
	}
	return fs.Stat(c.FS, name)
}

// filesetFunc lists the files below a folder that a pattern fits, ** standing for any depth.
func filesetFunc(full func(string) string, b *budget) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			root, pattern := full(args[0].AsString()), filepath.ToSlash(args[1].AsString())
			if !doublestar.ValidatePattern(pattern) || !fs.ValidPath(pattern) {
				return cty.NilVal, function.NewArgErrorf(1, "%q is not a pattern of relative paths, such as \"**/*.csv\"", pattern)
			}
			// A folder that is not there must not look like one without files: what hangs on the files would be removed.
			if info, err := os.Stat(root); err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "looking for %s: %s", root, reason(err))
			} else if !info.IsDir() {
				return cty.NilVal, function.NewArgErrorf(0, "%s is not a folder", root)
			}
			if len(pattern) > maxPattern || strings.Count(pattern, "{")+strings.Count(pattern, "**") > maxWild {
				return cty.NilVal, function.NewArgErrorf(1, "a pattern has at most %d bytes and %d of {…} and **", maxPattern, maxWild)
			}
			names, err := doublestar.Glob(countedFS{os.DirFS(root), b}, pattern, doublestar.WithFilesOnly(), doublestar.WithFailOnIOErrors())
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "listing %s: %s", root, reason(err))
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
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
func templatefileFunc(full func(string) string, read func(path string), b *budget) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			path := full(args[0].AsString())
			read(path)
			src, err := readArgument(path)
			if err != nil {
				return cty.NilVal, err
			}
			if d := refuse(src, path, sequences); d != nil {
				return cty.NilVal, function.NewArgErrorf(0, "%s", d.Error())
			}
			if ty := args[1].Type(); !ty.IsObjectType() && !ty.IsMapType() {
				return cty.NilVal, function.NewArgErrorf(1, "a map or an object is needed here")
			}
			if err := b.take(cost{bytes: int64(len(src)), steps: int64(len(src))}); err != nil {
				return cty.NilVal, err
			}
			expr, diags := hclsyntax.ParseTemplate(src, path, hcl.InitialPos)
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgErrorf(0, "%s", diags[0].Error())
			}
			ctx := &hcl.EvalContext{Variables: args[1].AsValueMap(), Functions: b.pureFunctions()}
			for _, t := range expr.Variables() {
				if _, ok := ctx.Variables[t.RootName()]; !ok {
					return cty.NilVal, function.NewArgErrorf(1, "%s uses %q, which is not among the values given", path, t.RootName())
				}
			}
			v, diags := b.once(expr, ctx)
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
