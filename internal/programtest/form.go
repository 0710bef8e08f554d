package programtest

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

	"countersign/command"
	jsonforms "countersign/docs/forms"
	"countersign/internal/parallel"
	"countersign/schema/spelling"
)

// FormErrors is the variable that names the folder for reports of JSON that does not have its form.
const FormErrors = "COUNTERSIGN_TEST_FORM_ERRORS"

// Unchecked, in the place of that folder, is for a run that cannot write whole files: its JSON is not checked.
const Unchecked = "-"

// checked is the program, with a check that all that it prints under -json or writes by -json-into has its form. A
// plan, drift, apply or destroy without JSON writes it too, into a file of its own, so that every plan of the suite is
// checked.
func checked() {
	dir := os.Getenv(FormErrors)
	switch dir {
	case Unchecked:
		os.Exit(command.Main(os.Args[1:]))
	case "":
		panic(FormErrors + " is not set: start the program with the environment of the tests")
	}
	own := filepath.Join(dir, fmt.Sprint("json-", os.Getpid()))
	args := os.Args[1:]
	into := flagValue(args, "json-into")
	at := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") && formOf(a) != "" })
	if at >= 0 && into == "" && slices.Contains([]string{"plan", "drift", "apply", "destroy"}, args[at]) {
		into = own
		args = slices.Insert(slices.Clone(args), at+1, "-json-into="+into)
	}
	before, _ := os.ReadFile(into)
	printed := tee(slices.ContainsFunc(args, func(a string) bool { return strings.TrimLeft(a, "-") == "json" }))
	code := command.Main(args)
	docs := [][]byte{printed()}
	if doc, err := os.ReadFile(into); into != "" && err == nil &&
		!bytes.Equal(doc, before) { // it has written a new one
		docs = append(docs, doc)
	}
	for _, doc := range docs {
		err := CheckForm(args, doc)
		if !bytes.Equal(spelling.JSON(doc), doc) {
			err = errors.Join(err, errors.New("it has invisible characters that are not escaped"))
		}
		if err != nil {
			report(dir, fmt.Sprintf("countersign %s (exit code %d): %v\n%s\n", strings.Join(os.Args[1:], " "), code,
				err, doc))
		}
	}
	os.Remove(own)
	os.Exit(code)
}

// report leaves a text where the suite looks for it.
func report(dir, text string) {
	f, err := os.CreateTemp(dir, "wrong-*")
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err)
	}
}

// tee keeps a copy of what is printed on standard output, if it is JSON, until its result is called, which returns it.
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
	var copying parallel.Group
	copying.Go(func() { _, _ = io.Copy(io.MultiWriter(real, &kept), r) })
	return func() []byte {
		w.Close()
		copying.Wait()
		return kept.Bytes()
	}
}

// formOf is the form in docs/forms of a command's JSON, "" when it has none.
func formOf(name string) string {
	switch name {
	case "drift":
		return "plan"
	case "show":
		return "state"
	case "apply", "destroy":
		return "event"
	case "plan", "validate", "explain", "who", "test", "coverage", "replay", "approval", "stage", "output", "version":
		return name
	}
	return ""
}

// CheckForm checks that what a command printed has its form; where there is none, that it is one JSON document.
func CheckForm(args []string, doc []byte) error {
	if len(doc) == 0 {
		return nil
	}
	form := ""
	at := slices.IndexFunc(args, func(a string) bool {
		return !strings.HasPrefix(a, "-") && (formOf(a) != "" || a == "state")
	})
	if at >= 0 {
		form = formOf(args[at])
	}
	if form == "output" && slices.ContainsFunc(args[at+1:], func(a string) bool {
		return !strings.HasPrefix(a, "-") && !strings.HasSuffix(a, ".hcl")
	}) {
		form = "" // one output is printed as its value alone
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
