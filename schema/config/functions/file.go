package functions

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/spelling"
)

// files is what the functions about files read with.
type files struct {
	dir    string // the configuration's folder, which relative paths start from
	names  disk.Names
	noted  func(path string) // called with each file that is read
	budget *budget.Budget
	within func() map[string]function.Function // which a text that is filled in may call
}

// functions are the functions about files.
func (f *files) functions() map[string]function.Function {
	path := param("path", cty.String)
	return map[string]function.Function{
		"basename":     pathFunc(filepath.Base),
		"dirname":      pathFunc(filepath.Dir),
		"file":         static(cty.String, f.file, path),
		"fileset":      static(cty.Set(cty.String), f.fileset, path, param("pattern", cty.String)),
		"templatefile": static(cty.String, f.templatefile, path, param("vars", cty.DynamicPseudoType)),
	}
}

// path is a path as the disk writes it, relative ones from the configuration's folder.
func (f *files) path(arg cty.Value) (string, error) {
	found, err := f.names.Path(disk.Absolute(f.dir, arg.AsString()))
	if err != nil {
		return "", function.NewArgErrorf(0, "%s", err)
	}
	return found, nil
}

// read reads a text file, whose path is the first argument.
func (f *files) read(arg cty.Value) (path string, text []byte, err error) {
	if path, err = f.path(arg); err != nil {
		return "", nil, err
	}
	f.noted(path)
	src, err := disk.ReadData(f.dir, path)
	if err != nil {
		return "", nil, function.NewArgErrorf(0, "%s", err)
	}
	src = syntax.WithoutMark(src)
	if !utf8.Valid(src) {
		return "", nil, function.NewArgErrorf(0, "%s is not UTF-8 text", path)
	}
	return path, src, nil
}

func pathFunc(of func(string) string) function.Function {
	return static(cty.String, func(args []cty.Value) (cty.Value, error) {
		return cty.StringVal(filepath.ToSlash(of(args[0].AsString()))), nil
	}, param("path", cty.String))
}

// file is the text of a file.
func (f *files) file(args []cty.Value) (cty.Value, error) {
	_, text, err := f.read(args[0])
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(string(text)), nil
}

// Limits of a pattern: its bytes, and the parts of it that may fit in several ways, each of which is tried.
const (
	maxPattern = 1000
	maxWild    = 5
)

// countedFS is a file system that takes from a budget for every folder that is listed and every entry in it.
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

// fileset lists the files below a folder that fit a pattern. ** stands for any depth.
func (f *files) fileset(args []cty.Value) (cty.Value, error) {
	root, err := f.path(args[0])
	if err != nil {
		return cty.NilVal, err
	}
	pattern := filepath.ToSlash(args[1].AsString())
	if !doublestar.ValidatePattern(pattern) || !fs.ValidPath(pattern) {
		return cty.NilVal, function.NewArgErrorf(1, "%q is not a pattern of relative paths, "+
			"such as \"**/*.csv\"", pattern)
	}
	// A folder that is not there must not look like one without files: what is declared for each of the files
	// would be removed.
	folder, err := disk.ListFolder(f.dir, root)
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "%s", err)
	}
	if len(pattern) > maxPattern || strings.Count(pattern, "{")+strings.Count(pattern, "**") > maxWild {
		return cty.NilVal, function.NewArgErrorf(1, "a pattern has at most %d bytes and %d of {…} and **",
			maxPattern, maxWild)
	}
	names, err := doublestar.Glob(countedFS{folder, f.budget}, pattern, doublestar.WithFilesOnly(),
		doublestar.WithFailOnIOErrors())
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "listing %s: %s", root, disk.Reason(err))
	}
	if len(names) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	slices.Sort(names)
	found := make([]cty.Value, len(names))
	for i, name := range names {
		if i > 0 && name == names[i-1] { // a set would silently have one of the two
			return cty.NilVal, function.NewArgErrorf(0, "listing %s: %s", root, folder.Ambiguous(name))
		}
		found[i] = cty.StringVal(name)
	}
	return cty.SetVal(found), nil
}

// templatefile fills in a text file with ${…} in it from an object or a map.
func (f *files) templatefile(args []cty.Value) (cty.Value, error) {
	path, src, err := f.read(args[0])
	if err != nil {
		return cty.NilVal, err
	}
	if d := syntax.Refuse(src, path, syntax.Template); d != nil {
		return cty.NilVal, function.NewArgErrorf(0, "%s", diagnostic.Sentence(d))
	}
	if ty := args[1].Type(); !ty.IsObjectType() && !ty.IsMapType() {
		return cty.NilVal, function.NewArgErrorf(1, "a map or an object is needed here")
	}
	if err := f.budget.Take(budget.Cost{Bytes: int64(len(src)), Steps: int64(len(src))}); err != nil {
		return cty.NilVal, err
	}
	src = []byte(spelling.Form(string(src))) // so that the names in it are in the form that those of values have
	expr, diags := hclsyntax.ParseTemplate(src, path, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, function.NewArgErrorf(0, "%s", diagnostic.Sentence(diags[0]))
	}
	ctx := &hcl.EvalContext{Variables: args[1].AsValueMap(), Functions: f.within()}
	for _, t := range expr.Variables() {
		if _, ok := ctx.Variables[t.RootName()]; !ok {
			return cty.NilVal, function.NewArgErrorf(1, "%s uses %q, which is not among the values given", path,
				t.RootName())
		}
	}
	v, diags := f.budget.Once(expr, ctx)
	if diags.HasErrors() {
		structure.OtherFunction(diags[0])
		return cty.NilVal, function.NewArgErrorf(0, "%s", diagnostic.Sentence(diags[0]))
	}
	v, err = convert.Convert(v, cty.String)
	if err != nil {
		return cty.NilVal, fmt.Errorf("%s does not make a string: %w", path, err)
	}
	return v, nil
}
