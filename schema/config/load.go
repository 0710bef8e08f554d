package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"countersign/internal/parallel"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/testcase"
	"countersign/schema/config/words"
)

// Source is a configuration's files, read and parsed but not evaluated.
type Source struct {
	Dir    string   // the folder that relative paths start from
	Name   string   // "countersign" for a folder; for a single file NAME.hcl or NAME.hcl.json its NAME
	Single bool     // a single file
	Files  []string // as given to diagnostics, sorted
	Rules  bool     // a folder of policies, which LoadPolicies reads

	files     map[string]*hcl.File
	document  document
	tests     []*testcase.Block
	structure hcl.Diagnostics // what is wrong with the blocks, until it has been reported
	unseen    hcl.Diagnostics // hidden characters in the files, until they have been reported
	linked    map[string]bool // files that were reached by a link; their lines are not shown

	mu      sync.Mutex
	read    map[string]bool                    // files that expressions have read
	answers map[string]string                  // what was typed for variables without a value; a person is asked once
	inputs  map[string]disk.Input              // files that the command line names; a stream is read once
	index   map[addr.Address]*structure.Header // blocks by address, for Place
}

// Load reads a configuration: one file, or all *.hcl and *.hcl.json of a folder (*.test.hcl and
// *.vars.hcl apart). Files are parsed side by side. The Source is not nil even with errors.
func Load(path string) (*Source, schema.Diagnostics) {
	if path == "" {
		path = "."
	}
	s := (&Source{Dir: path, Name: "countersign"}).unread()
	names, problem := s.find(path)
	if problem != nil {
		return s, schema.Diagnostics{*problem}
	}
	s.Files = names
	return s.load(path)
}

// unread is the same configuration before any of its files was read.
func (s *Source) unread() *Source {
	return &Source{Dir: s.Dir, Name: s.Name, Single: s.Single, Files: s.Files, Rules: s.Rules,
		files: map[string]*hcl.File{}, linked: map[string]bool{}, answers: map[string]string{},
		inputs: map[string]disk.Input{}}
}

// load parses the files.
func (s *Source) load(path string) (*Source, schema.Diagnostics) {
	type loaded struct {
		source *Source
		diags  schema.Diagnostics
	}
	b := fileBudget()
	l := budget.Bounded(b, func() loaded { return loaded{s, s.parse(s.parseFile)} }, func() loaded {
		return loaded{s.unread(), schema.Diagnostics{*fileError("Reading takes too long",
			fmt.Sprintf("The files of %q are not read within %s. "+
				"Make them smaller, or set %s=2 in the environment to allow twice as long.",
				path, b.Time(), budget.Variable))}}
	})
	return l.source, l.diags
}

// fileBudget is the budget for the literals and defaults of a file. Evaluate reports a wrong value of the environment
// variable.
func fileBudget() *budget.Budget {
	b, _ := budget.New(map[string]string{budget.Variable: os.Getenv(budget.Variable)})
	return b
}

// File is a file of the configuration, parsed; nil when it is none.
func (s *Source) File(name string) *hcl.File { return s.files[name] }

// With is the same configuration with other texts in some of its files.
func (s *Source) With(texts map[string][]byte) (*Source, schema.Diagnostics) {
	o := s.unread()
	o.linked, o.answers, o.inputs = s.linked, s.answers, s.inputs
	return o, o.parse(func(name string) parsedFile {
		if src, other := texts[name]; other {
			file, diags := syntax.Parse(src, name)
			return parsed(name, file, diags)
		}
		return parsed(name, s.files[name], nil)
	})
}

// WithStateOf is the same configuration with the state block of another one, or without one if that has none. Load has
// reported what is wrong with either.
func (s *Source) WithStateOf(other *Source) *Source {
	o, _ := s.With(nil)
	o.document.states = other.document.states
	maps.Copy(o.files, other.files)
	return o
}

// parse takes in what a parser makes of each file.
func (s *Source) parse(parser func(name string) parsedFile) schema.Diagnostics {
	files := make([]parsedFile, len(s.Files))
	parallel.Do(len(files), runtime.GOMAXPROCS(0), func(i int) { files[i] = parser(s.Files[i]) })

	var syntax, structure hcl.Diagnostics
	for i, f := range files {
		syntax = append(syntax, f.syntax...)
		s.unseen = append(s.unseen, f.unseen...)
		if f.linked {
			s.linked[s.Files[i]] = true
		}
		if f.file == nil {
			continue
		}
		s.files[s.Files[i]] = f.file
		if !f.syntax.HasErrors() {
			structure = append(structure, s.document.decode(f.file, s.schema(), fileBudget())...)
		}
	}
	structure = append(structure, s.document.duplicates()...)
	if !syntax.HasErrors() {
		s.structure = structure
		return s.Diagnostics(diagnostic.Findings(syntax))
	}
	// Nothing can be evaluated now, so what is wrong with the blocks of the other files is reported here.
	return s.Diagnostics(diagnostic.Findings(slices.Concat(syntax, structure, s.unseen)))
}

// reads notes a file that an expression reads.
func (s *Source) reads(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == nil {
		s.read = map[string]bool{}
	}
	s.read[path] = true
}

// Read lists the files that expressions have read so far, sorted.
func (s *Source) Read() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.read))
}

// find says which files make up the configuration at path.
func (s *Source) find(path string) ([]string, *schema.Diagnostic) {
	path, err := disk.Path(path)
	if err != nil {
		return nil, fileError("Several files of one name", err.Error()+".")
	}
	s.Dir = path
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if name, ok := configurationName(filepath.Base(path)); ok {
			s.Dir, s.Name, s.Single = filepath.Dir(path), name, true
		}
		return nil, fileError("No such file or folder",
			fmt.Sprintf("There is no file or folder %q. Name a *.hcl file or a folder that holds some; "+
				"\"countersign init\" writes one to start from.", path))
	case err != nil:
		return nil, fileError("Cannot read the configuration",
			fmt.Sprintf("Looking for %q: %s.", path, disk.Reason(err)))
	case info.Mode().IsRegular():
		name, ok := configurationName(filepath.Base(path))
		if !ok {
			return nil, fileError("Not a configuration file",
				fmt.Sprintf("%q is not a configuration: its name must end in .hcl or .hcl.json, and not in .test.hcl "+
					"or .vars.hcl.", path))
		}
		s.Dir, s.Name, s.Single = filepath.Dir(path), name, true
		return []string{path}, nil
	case !info.IsDir():
		return nil, fileError("Not a configuration file", fmt.Sprintf("%q is neither a file nor a folder.", path))
	}
	names, err := FilesOf(path)
	if err != nil {
		return nil, fileError("Cannot read the configuration",
			fmt.Sprintf("Listing the folder %q: %s.", path, disk.Reason(err)))
	}
	if len(names) == 0 {
		return nil, fileError("No configuration files",
			fmt.Sprintf("The folder %q holds no *.hcl or *.hcl.json file. %s", path, elsewhere(path)))
	}
	return names, nil
}

// elsewhere says what a folder without configuration files has instead: configurations one level down, or files of
// other tools.
func elsewhere(path string) string {
	entries, _ := os.ReadDir(path)
	var folders, others []string
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, "."):
		case e.IsDir():
			if have, err := FilesOf(filepath.Join(path, name)); err == nil && len(have) > 0 {
				folders = append(folders, filepath.Join(path, name))
			}
		case strings.HasSuffix(name, ".tf"), strings.HasSuffix(name, ".tf.json"), strings.HasSuffix(name, ".tofu"),
			strings.HasSuffix(name, ".hcl"), strings.HasSuffix(name, ".yaml"), strings.HasSuffix(name, ".yml"):
			others = append(others, name)
		}
	}
	const most = 5
	switch {
	case len(folders) == 1:
		return fmt.Sprintf("%q does; name it on the command line.", folders[0])
	case len(folders) > 0:
		return fmt.Sprintf("These folders do: %s. Name one on the command line.",
			words.Some(folders[:min(most, len(folders))], len(folders)))
	case len(others) > 0:
		return fmt.Sprintf("It holds %s, which is no configuration of Countersign. "+
			"\"countersign init\" writes one to start from.",
			words.Some(others[:min(most, len(others))], len(others)))
	}
	return "\"countersign init\" writes one to start from."
}

// FilesOf lists the files of a folder that make up its configuration, sorted, with the folder's path before them. A
// folder that does not exist has none.
func FilesOf(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if _, ok := configurationName(e.Name()); !ok {
			continue
		}
		name := filepath.Join(folder, e.Name())
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, err
}

// configurationName returns what stands before .hcl or .hcl.json, and false for files that are no part of a
// configuration: tests, variables, hidden files and editors' leftovers.
func configurationName(base string) (string, bool) {
	name, ok := strings.CutSuffix(base, ".hcl")
	if !ok {
		name, ok = strings.CutSuffix(base, ".hcl.json")
	}
	if !ok || name == "" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") ||
		strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".vars") {
		return "", false
	}
	return name, true
}

// parsedFile is what one file gave.
type parsedFile struct {
	file   *hcl.File // nil when it could not be read
	linked bool
	syntax hcl.Diagnostics
	unseen hcl.Diagnostics
}

func (s *Source) parseFile(name string) parsedFile {
	src, linked, problem := s.readText(name)
	if problem != nil {
		return parsedFile{syntax: hcl.Diagnostics{problem}}
	}
	file, diags := syntax.Parse(src, name)
	p := parsed(name, file, diags)
	p.linked = linked
	return p
}

func parsed(name string, file *hcl.File, diags hcl.Diagnostics) parsedFile {
	p := parsedFile{file: file, syntax: diags}
	if file != nil && !syntax.Refused(diags) {
		p.unseen = syntax.HiddenCharacters(file.Bytes, name)
	}
	return p
}

func fileError(summary, detail string) *schema.Diagnostic {
	return &schema.Diagnostic{Severity: schema.Error, Summary: summary, Detail: detail}
}
