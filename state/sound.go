package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
)

// A state or a journal may come from a store, a colleague or a merge: what no run of this program can have written is
// refused. What an older version wrote is read.

// MostSerial is the highest serial: up to it, every program that reads JSON keeps whole numbers exactly.
const MostSerial = 1<<53 - 1

// readSerial reads a serial as it is written.
func readSerial(text json.RawMessage) (uint64, error) {
	serial, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || serial > MostSerial {
		return 0, fmt.Errorf("serial is %s, and counts the times that the state was written: "+
			"write a whole number from 0 to %d, that of the version before it and one more",
			shown(text), uint64(MostSerial))
	}
	return serial, nil
}

// Raise returns the serial of the version after one.
func Raise(serial uint64) (uint64, error) {
	if serial >= MostSerial {
		return serial, fmt.Errorf("its serial, %d, cannot be raised, and no run has written it so often: "+
			"write the serial of the version before it and one more, by hand", serial)
	}
	return serial + 1, nil
}

func none(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// shown is a value of JSON for a message.
func shown(text json.RawMessage) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(string(text[:40]), "") + "…"
	}
	return string(text)
}

// explained puts an error of encoding/json into words for people.
func explained(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		want := map[string]string{"int": "a whole number", "int64": "a whole number", "string": "a text",
			"bool": "true or false"}[wrong.Type.String()]
		if wrong.Type == reflect.TypeFor[addr.Address]() {
			want = "a text"
		}
		if want == "" {
			return fmt.Errorf("%s cannot be a %s", wrong.Field, wrong.Value)
		}
		return fmt.Errorf("%s is a %s, and must be %s", wrong.Field, wrong.Value, want)
	}
	return err
}

// declarable says why no block of one of the kinds can have the address.
func declarable(a addr.Address, kinds ...string) error {
	_, err := addr.Read(a.String(), kinds...)
	return err
}

// checkScope says why a scope that something is attached to is none. Its address is not always known; its id may be 0
// where nothing is attached any more.
func checkScope(address addr.Address, kind schema.ScopeKind, id int64, left bool) error {
	var errs []error
	if id < 0 || id == 0 && !left {
		errs = append(errs, fmt.Errorf("scope_id %d is not that of a folder or file", id))
	}
	if !address.IsZero() {
		if err := declarable(address, "folder", "file"); err != nil {
			errs = append(errs, fmt.Errorf("scope: %w", err))
		}
	}
	if kind != "" && kind != schema.ScopeFolder && kind != schema.ScopeFile {
		errs = append(errs, fmt.Errorf("scope_kind %q is none of %s and %s", kind, schema.ScopeFolder,
			schema.ScopeFile))
	}
	return errors.Join(errs...)
}

// adviseAddress is what to do about an address that no configuration can declare: nothing could be done with it.
const adviseAddress = "write the address of its block, or take its entry out of the file: " +
	"what it stands for stays as it is"

// checkPlace says why no configuration can declare what an intent is for, or why its scope is none.
func (in Intent) checkPlace() error {
	var errs []error
	switch {
	case in.Op == OpStage:
		return declarable(in.Address, "attachment")
	case in.Address.IsZero() && in.Op == OpRemove: // of a template that nobody declared
	case in.Address.IsZero():
		errs = append(errs, errors.New("it has no address"))
	default:
		errs = append(errs, declarable(in.Address, "template"))
	}
	for _, id := range in.Known {
		if id <= 0 {
			errs = append(errs, fmt.Errorf("known tid %d is not that of a template", id))
		}
	}
	return errors.Join(append(errs, checkScope(in.Scope, in.ScopeKind, in.ScopeID, false))...)
}

// unsound is what is wrong with one of a state's bindings.
type unsound struct {
	binding int
	err     error
}

// problems finds what the bindings of a state must not have: an address that nothing can be declared under, an address
// or a tid twice, or ids of nothing.
func (s State) problems() []unsound {
	var found []unsound
	addresses := make(map[addr.Address]bool, len(s.Bindings))
	ids := make(map[int64]addr.Address, len(s.Bindings))
	for i, b := range s.Bindings {
		report := func(format string, args ...any) {
			found = append(found, unsound{i, fmt.Errorf("%s: "+format,
				append([]any{quotedIfOdd(b.Address)}, args...)...)})
		}
		err := declarable(b.Address, "template")
		switch {
		case b.Address.IsZero():
			report("a template without an address (tid %d)", b.ID)
		case err != nil:
			found = append(found, unsound{i, fmt.Errorf("%w; %s", err, adviseAddress)})
		case addresses[b.Address]:
			report("this address is there twice")
		}
		addresses[b.Address] = true
		take := func(id int64) {
			if other, taken := ids[id]; taken {
				report("tid %d is bound to %s already", id, quotedIfOdd(other))
			}
			ids[id] = b.Address
		}
		switch {
		case b.ID < 0:
			report("tid %d is not that of a template", b.ID)
		case b.ID > 0:
			take(b.ID)
		case len(b.Deposed) == 0:
			report("it stands for no template: id is 0 and nothing is deposed")
		}
		if err := checkScope(b.Scope, b.ScopeKind, b.ScopeID, b.ID == 0); err != nil {
			report("%w", err)
		}
		for _, d := range b.Deposed {
			if d.ID <= 0 {
				report("deposed tid %d is not that of a template", d.ID)
				continue
			}
			if d.ScopeID <= 0 {
				report("deposed tid %d: scope_id %d is not that of a folder or file", d.ID, d.ScopeID)
			}
			take(d.ID)
		}
	}
	return found
}

// quotedIfOdd is an address for a message. What is no valid address may have anything in it, and is quoted.
func quotedIfOdd(a addr.Address) string {
	if declarable(a, "template", "attachment") != nil {
		return strconv.Quote(a.String())
	}
	return a.String()
}

// attachmentProblems finds addresses that are missing, there twice or none, and ids of nothing.
func (s State) attachmentProblems() []error {
	var errs []error
	seen := map[addr.Address]bool{}
	for i, a := range s.Attachments {
		err := declarable(a.Address, "attachment")
		switch {
		case a.Address.IsZero():
			errs = append(errs, fmt.Errorf("attachments: number %d has no address", i+1))
		case err != nil:
			errs = append(errs, fmt.Errorf("attachments: number %d: %w; %s", i+1, err, adviseAddress))
		case seen[a.Address]:
			errs = append(errs, fmt.Errorf("attachments: %s is there twice", a.Address))
		}
		seen[a.Address] = true
		if a.Drive != nil && a.Drive.ID <= 0 {
			errs = append(errs, fmt.Errorf("attachments: %s: id %d is not that of an attachment on the drive",
				quotedIfOdd(a.Address), a.Drive.ID))
		}
	}
	return errs
}

// outputProblems finds names that no output can have.
func (s State) outputProblems() []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.Outputs)) {
		if !addr.IsName(name) {
			errs = append(errs, fmt.Errorf("outputs: %q is no name of an output; take it out of the file: "+
				"the next apply writes the outputs that are declared", name))
		}
	}
	return errs
}
