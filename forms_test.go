package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/command"
	jsonforms "countersign/docs/forms"
	"countersign/schema/spelling"
)

// witnesses is the variable that names the folder in which runs of the program leave word of output that is not of its form.
const witnesses = "COUNTERSIGN_TEST_WITNESSES"

// suite runs all tests, and fails when any run of the program by any of them printed JSON that is not of its form, whether
// that test looked at it or not.
type suite struct{ *testing.M }

func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "countersign-witnesses")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv(witnesses, dir)
	code := s.M.Run()
	found, err := filepath.Glob(filepath.Join(dir, "wrong-*"))
	if err != nil {
		panic(err)
	}
	for _, path := range found {
		text, _ := os.ReadFile(path)
		fmt.Printf("--- FAIL: JSON that is not of its form in docs/forms\n    %s\n", text)
		code = 1
	}
	return code
}

// witnessed is the program, held to its forms: all that it prints under -json or writes by -json-into. A plan, an apply or a
// look for drift that nobody asked JSON of is made to write it all the same, so that no plan of the suite is left out.
func witnessed() {
	dir := os.Getenv(witnesses)
	if dir == "" {
		panic(witnesses + " is not set: start the program with the environment of the tests")
	}
	args := os.Args[1:]
	into := flagValue(args, "json-into")
	at := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") && formOf(a) != "" })
	if at >= 0 && into == "" && slices.Contains([]string{"plan", "drift", "apply", "destroy"}, args[at]) {
		into = filepath.Join(dir, fmt.Sprint("json-", os.Getpid()))
		args = slices.Insert(slices.Clone(args), at+1, "-json-into="+into)
		defer os.Remove(into)
	}
	before, _ := os.ReadFile(into)
	printed := tee(slices.ContainsFunc(args, func(a string) bool { return strings.TrimLeft(a, "-") == "json" }))
	code := command.Main(program(), args)
	said := [][]byte{printed()}
	if doc, err := os.ReadFile(into); into != "" && err == nil && !bytes.Equal(doc, before) { // else it has written none, or the same as before
		said = append(said, doc)
	}
	for _, doc := range said {
		err := checkForm(args, doc)
		if !bytes.Equal(spelling.JSON(doc), doc) {
			err = errors.Join(err, errors.New("it has characters that nobody sees, raw"))
		}
		if err != nil {
			leaveWord(dir, fmt.Sprintf("countersign %s (exit code %d): %v\n%s\n", strings.Join(os.Args[1:], " "), code, err, doc))
		}
	}
	os.Remove(filepath.Join(dir, fmt.Sprint("json-", os.Getpid())))
	os.Exit(code)
}

func leaveWord(dir, text string) {
	f, err := os.CreateTemp(dir, "wrong-*")
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err)
	}
}

// tee keeps a copy of what is printed on standard output, if it is JSON; the function that it returns ends that.
func tee(asked bool) func() []byte {
	if !asked {
		return func() []byte { return nil }
	}
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	real := os.Stdout
	os.Stdout = w
	var kept bytes.Buffer
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.MultiWriter(real, &kept), r)
		close(done)
	}()
	return func() []byte {
		w.Close()
		<-done
		return kept.Bytes()
	}
}

// formOf is the form in docs/forms of a command's JSON, "" when it has none.
func formOf(name string) string {
	return map[string]string{"plan": "plan", "drift": "plan", "show": "state", "apply": "event", "destroy": "event", "validate": "validate", "explain": "explain"}[name]
}

// checkForm holds what a command printed to its form; where there is none, to being one JSON document or a failure's.
func checkForm(args []string, doc []byte) error {
	if len(doc) == 0 {
		return nil
	}
	form := ""
	if at := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") && (formOf(a) != "" || a == "state") }); at >= 0 {
		form = formOf(args[at])
	}
	var any map[string]json.RawMessage
	if form != "event" && json.Unmarshal(doc, &any) == nil {
		switch {
		case form == "state" && any["resource_changes"] != nil: // show PLANFILE
			form = "plan"
		case form == "" && string(any["errored"]) == "true":
			form = "plan"
		}
	}
	switch form {
	case "":
		if !json.Valid(doc) {
			return errors.New("not one JSON document")
		}
		return nil
	case "event":
		var errs []error
		for line := range bytes.Lines(doc) {
			errs = append(errs, jsonforms.Check(form, line))
		}
		return errors.Join(errs...)
	}
	return jsonforms.Check(form, doc)
}

func flagValue(args []string, name string) string {
	for i, a := range args {
		switch flag, value, given := strings.Cut(strings.TrimLeft(a, "-"), "="); {
		case a == flag || flag != name:
		case given:
			return value
		case i+1 < len(args):
			return args[i+1]
		}
	}
	return ""
}

// What the suite holds each run to would not let wrong output pass.
func TestWitnessesBite(t *testing.T) {
	failure := `{"format_version":"1.3","errored":true,"diagnostics":[{"severity":"error","summary":"s","detail":""}]}`
	line := `{"@level":"info","@message":"m","@module":"countersign.ui","@timestamp":"2026-11-22T05:52:03.000000Z","type":"version","countersign":"1","ui":"1.2"}`
	for _, good := range []struct{ args, doc string }{
		{"plan -json", failure}, {"show -json", failure}, {"-chdir=plan explain 7", failure}, {"approval show 7", failure}, {"approval list", `[]`}, {"apply", line + "\n" + line + "\n"},
	} {
		if err := checkForm(strings.Fields(good.args), []byte(good.doc)); err != nil {
			t.Errorf("%s: %v", good.args, err)
		}
	}
	for _, bad := range []struct{ args, doc string }{
		{"plan -json", strings.Replace(failure, "errored", "failed", 1)}, {"drift", "No drift.\n" + failure}, {"plan", failure + "\n" + failure},
		{"show -json", strings.Replace(failure, `"1.3"`, `"1.2"`, 1)}, {"explain 7", strings.Replace(failure, `"severity":"error"`, `"severity":"fatal"`, 1)},
		{"approval list", "No approvals.\n"}, {"apply", line + "\nApply complete!\n"}, {"destroy", failure}, {"validate", failure},
		{"apply", strings.Replace(line, `"ui":"1.2"`, `"ui":"1.2","new":1`, 1)},
	} {
		if err := checkForm(strings.Fields(bad.args), []byte(bad.doc)); err == nil {
			t.Errorf("countersign %s may print %s", bad.args, bad.doc)
		}
	}
}
