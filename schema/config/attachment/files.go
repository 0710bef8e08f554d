package attachment

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// sourceFiles finds the files that an attachment names, sorted by name, and reads none. The result is false when one
// cannot be staged, which is reported, and for an attachment without files.
func (a *Block) sourceFiles(as *Attachments, f *eval.Frame) ([]schema.SourceFile, bool) {
	expr := a.Expr("files")
	if expr == nil {
		return nil, false
	}
	paths, one, found := pathsOf(f, expr)
	base, hasBase := f.Text(a.Expr("base"), "base")
	if f.Required(expr, "files", found) != eval.Given || hasBase != eval.Given && hasBase != eval.Absent {
		return nil, false
	}
	d, err := as.directory()
	if err != nil {
		f.Fail(expr, "Cannot read the configuration's folder", "Looking for the files of %s: %s.", f.Address,
			disk.Reason(err))
		return nil, false
	}

	// Paths start from the configuration's folder or from base, and those that fileset gives from fileset's folder.
	l := disk.Lookup{Directory: d, From: d.Root, Base: d.Root, Astray: !one && hasBase == eval.Absent &&
		!written(expr)}
	if hasBase == eval.Given {
		l.From = d.Absolute(base)
		l.Base = l.From
		if why := d.NotFolder(l.Base); why != "" {
			f.Fail(a.Expr("base"), "Invalid base", "base is the folder that the names of files start from, inside the "+
				"configuration's, and %q %s.", base, why)
			return nil, false
		}
	}
	call := filesetCall(expr)
	if call != nil {
		folder, is := f.Text(call.Args[0], "path")
		if is != eval.Given {
			return nil, false
		}
		l.From, l.Astray = d.Absolute(folder), false
		if hasBase == eval.Absent {
			l.Base = l.From
		}
	}
	if len(paths) == 0 {
		noFiles(f, expr, call, l)
		return nil, false
	}
	if one && hasBase == eval.Absent {
		l.Base = filepath.Dir(d.Absolute(paths[0].text)) // a single file has a name and no folders
	}
	return lookAt(as, f, expr, paths, l)
}

// written reports whether an expression is a list that is written out.
func written(expr hcl.Expression) bool {
	_, diags := hcl.ExprList(expr)
	return !diags.HasErrors()
}

// noFiles reports an attachment without a file.
func noFiles(f *eval.Frame, expr hcl.Expression, call *hclsyntax.FunctionCallExpr, l disk.Lookup) {
	what := "files is an empty list"
	if call != nil {
		if pattern, is := f.Text(call.Args[1], "pattern"); is == eval.Given {
			what = fmt.Sprintf("No file in %s fits the pattern %q", l.Shown(l.From), pattern)
		}
	}
	f.Fail(expr, "Attachment without files", "%s, so there is nothing to stage. An attachment has at least one file.",
		what)
}

// lookAt finds the file of each path. The same mistake with many files is reported once, and counted.
func lookAt(as *Attachments, f *eval.Frame, expr hcl.Expression, paths []listed,
	l disk.Lookup) ([]schema.SourceFile, bool) {
	files := make([]schema.SourceFile, 0, len(paths))
	first := make(map[string]string, len(paths)) // paths by name
	times, last := map[string]int{}, map[string]*hcl.Diagnostic{}
	for _, p := range paths {
		file, wrong := l.File(p.text)
		if wrong == nil {
			if before, twice := first[file.Name]; twice {
				wrong = &disk.Mistake{Summary: "Two files of one name",
					Detail: fmt.Sprintf("%q and %q both have the name %q in the attachment. Remove one of the two.",
						before, p.text, file.Name)}
			}
		}
		if wrong == nil {
			first[file.Name] = p.text
			f.Reveal(p.at, "the name of a file", "A file of "+f.Address.String(), file.Name, spelling.Chosen)
			files = append(files, file)
			continue
		}
		if times[wrong.Summary]++; times[wrong.Summary] <= diagnostic.MaxAlike {
			f.FailAt(p.at, expr, wrong.Summary, "%s", wrong.Detail)
			found := as.Findings()
			last[wrong.Summary] = found[len(found)-1].Diagnostic
		}
	}
	for summary, n := range times {
		if n > diagnostic.MaxAlike {
			last[summary].Detail += fmt.Sprintf("\n\nThe same is wrong with %d more of the files.",
				n-diagnostic.MaxAlike)
		}
	}
	slices.SortFunc(files, func(a, b schema.SourceFile) int { return strings.Compare(a.Name, b.Name) })
	return files, len(times) == 0
}

// pathsOf is the value of files: a list or set of paths, or a single one.
func pathsOf(f *eval.Frame, expr hcl.Expression) (paths []listed, one bool, found eval.Found) {
	v, found := f.Open(expr, "files")
	switch {
	case found != eval.Given:
		return nil, false, found
	case v.Type() != cty.String:
		paths, found = listOf(f, v, expr, "files", "a path, or a list of paths")
		return paths, false, found
	case !v.IsKnown():
		return nil, true, f.Unknown(expr, "files")
	}
	return []listed{{v.AsString(), expr.Range()}}, true, eval.Given
}

// listed is one string of a list, and where it stands if the list is written out.
type listed struct {
	text string
	at   hcl.Range
}

// listOf reads a list or set of strings. Messages call it need.
func listOf(f *eval.Frame, v cty.Value, expr hcl.Expression,
	attribute, need words.Word) (texts []listed, found eval.Found) {
	place := structure.Places(expr)
	if !v.Type().IsTupleType() { // the elements of a set are not in the order written
		place = func(int) hcl.Range { return expr.Range() }
	}
	found = f.List(v, expr, attribute, func(i int, e cty.Value) eval.Found {
		text, err := convert.Convert(e, cty.String)
		switch {
		case err != nil:
			return f.FailAt(place(i), expr, "Wrong type", "Element %d of %s must be a string, not %s.", i+1, attribute,
				words.Type(e.Type()))
		case !text.IsKnown():
			return f.Unknown(expr, attribute)
		case text.IsNull():
			return f.FailAt(place(i), expr, "Missing value", "Element %d of %s is null. Take it out, for example "+
				"with compact(…).", i+1, attribute)
		}
		texts = append(texts, listed{text.AsString(), place(i)})
		return eval.Given
	}, func() eval.Found {
		return f.Fail(expr, "Wrong type", "%s must be %s, not %s.", attribute, need, words.Type(v.Type()))
	})
	return texts, found
}

// filesetCall is the call of fileset that an expression is made of, whose names start from its first argument; nil for
// any other expression.
func filesetCall(expr hcl.Expression) *hclsyntax.FunctionCallExpr {
	e, native := expr.(hclsyntax.Expression)
	if !native {
		e = syntax.InString(expr)
	}
	for {
		switch wrapped := e.(type) {
		case *hclsyntax.ParenthesesExpr:
			e = wrapped.Expression
		case *hclsyntax.TemplateWrapExpr: // "${…}"
			e = wrapped.Wrapped
		case *hclsyntax.FunctionCallExpr:
			if wrapped.Name == "fileset" && len(wrapped.Args) == 2 && !wrapped.ExpandFinal {
				return wrapped
			}
			return nil
		default:
			return nil
		}
	}
}
