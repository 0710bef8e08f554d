package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/command/fault"
	"countersign/command/log"
	"countersign/confine"
	"countersign/providers/route"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/schema/config/backend"
	"countersign/schema/config/disk"
	"countersign/schema/config/functions"
	"countersign/state"
	"countersign/state/httpstate"
	"countersign/state/local"
	"countersign/state/postgres"
	"countersign/state/s3"
	"countersign/state/seal"
	"countersign/state/store"
	"countersign/view"
)

// StateUnread is the heading where a state cannot be read.
const StateUnread = "The state could not be read"

// unread puts that heading over an error. That a server cannot be reached is a heading already.
func unread(err error) error {
	if route.Unreached(err) != "" {
		return err
	}
	return fault.Headed(StateUnread, err)
}

// Stored is a state as a command without a drive finds it.
type Stored struct {
	*store.Store
	Found    schema.Diagnostics // how it was found, where the configuration does not say that
	declared schema.Declaration // as far as it could be evaluated
}

// FindState finds the state of a configuration. Nobody is asked for variables. A state can be found whatever is wrong
// with the configuration, or without one: a warning then says which file is taken, and why.
func FindState(ctx context.Context, o Flags) (s Stored, err error) {
	source, diags := config.Load(o.Path)
	if !diags.HasErrors() {
		o.Input = false
		cfg, found := source.Evaluate(o.Inputs(ctx), nil)
		ofState := func(d schema.Diagnostic) bool { return within(d, "state ") }
		if cfg != nil {
			s.declared = cfg.Declaration
		}
		if cfg != nil && cfg.State.Path != "" && !slices.ContainsFunc(found, ofState) {
			s.Store, err = StateOf(cfg, log.From(ctx))
			return s, err
		}
		diags = found
		if slices.ContainsFunc(diags, ofState) {
			diags = slices.DeleteFunc(diags, func(d schema.Diagnostic) bool { return !ofState(d) })
		}
	}
	s.Store, s.Found, err = guessState(o, source, source.Place(diags))
	return s, err
}

// guessState finds the state of a configuration that does not say where it is, if there can only be one.
func guessState(o Flags, source *config.Source, wrong schema.Diagnostics) (*store.Store, schema.Diagnostics, error) {
	where, why := statesOf(source)
	folder := source.Dir
	if o.state != "" {
		path, err := disk.Path(o.state)
		if err != nil {
			return nil, nil, err
		}
		where, why, folder = []string{path}, "as -state or "+backend.Env+" says", ""
	}
	isError := func(d schema.Diagnostic) bool { return d.Severity == schema.Error }
	if at := slices.IndexFunc(wrong, isError); len(where) == 1 && at >= 0 {
		first := wrong[at]
		because := fault.Sentence(first.Summary)
		if first.Range != nil {
			because = fmt.Sprintf("%s, at %s:%d", because, first.Range.Filename, first.Range.Start.Line)
		}
		keys := backend.EncryptionFromEnviron(functions.Environ(os.Environ()))
		if source.WrittenEncryption() { // for whom is not known: what is in clear is not written
			if keys == nil {
				keys = new(backend.Encryption)
			}
			keys.Sealed = true
		}
		cipher, err := CipherOf(keys)
		if err != nil {
			return nil, nil, err
		}
		return store.New(local.NewIn(folder, where[0]), cipher), schema.Diagnostics{{Severity: schema.Warning,
			Summary: "The configuration does not say where its state is",
			Detail: fmt.Sprintf("%s. The state is taken to be %s, %s. To name another one, write -state=FILE.",
				because, where[0], why)}}, nil
	}
	way := schema.Diagnostic{Severity: schema.Error, Summary: "Which state is meant is not known",
		Detail: fmt.Sprintf("There is none in %s, where it would be by default. Name the file with -state=FILE.",
			source.DefaultState())}
	if len(where) > 1 {
		way.Detail = fmt.Sprintf("It may be any of these: %s. Name the one that is meant, such as -state=%s.",
			strings.Join(where, ", "), where[0])
	}
	return nil, nil, fault.Diagnostics(append(slices.Clone(wrong), way))
}

// statesOf lists the states on the disk that may belong to a configuration that cannot be evaluated, and why they may.
func statesOf(source *config.Source) (files []string, why string) {
	there := func(path string) bool {
		return slices.ContainsFunc(local.NewIn(source.Dir, path).Where().Files, func(file string) bool {
			_, err := os.Lstat(file)
			return err == nil
		})
	}
	written, block, remote := source.WrittenState()
	if written != "" && there(written) {
		return []string{written}, "which its state block seems to name"
	}
	if first := source.DefaultState(); !block && there(first) {
		return []string{first}, "where it is by default"
	}
	if remote || source.Single { // a server has it; a file's is beside the file
		return nil, ""
	}
	return statesIn(source.Dir), "the only one in that folder"
}

// statesIn lists the files of a folder that are named like states, as they are where no state block names them.
func statesIn(folder string) []string {
	var all []string
	entries, _ := os.ReadDir(folder) // one that cannot be read has been reported
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), config.StateEnding) {
			all = append(all, filepath.Join(folder, e.Name()))
		}
	}
	return all
}

// otherStates warns of another state beside one that is still to be made: the configuration may have had another
// name, one file of the folder was applied alone, or the state block was changed. A state beside the file of the same
// name belongs to that file.
func (s *Loaded) otherStates(ctx context.Context) schema.Diagnostics {
	if s.state != "" {
		return nil
	}
	before, inFile := s.Source.DefaultState(), s.Config.State.Type == "local"
	_, err := os.Stat(before)
	gone := s.moved(ctx, before)
	switch {
	case inFile && before == s.State.Path():
	case gone != nil:
		return schema.Diagnostics{{Severity: schema.Warning, Summary: "The state is in another place, it seems",
			Detail: fmt.Sprintf("There is nothing in %s yet, so that everything is new. %s. Or move it here: "+
				"countersign init -migrate-state -from=PATH, where PATH has the former state block.", s.State.Path(),
				fault.Sentence(gone.Error()))}}
	case err == nil:
		return schema.Diagnostics{{Severity: schema.Warning, Summary: "The state is in another place, it seems",
			Detail: fmt.Sprintf("There is nothing in %s yet, so that everything is new; and there is %s. If the state "+
				"block was changed, move the state: countersign init -migrate-state.", s.State.Path(), before)}}
	case !inFile:
		return nil
	}
	others := slices.DeleteFunc(statesIn(s.Source.Dir), func(path string) bool {
		_, err := os.Stat(strings.TrimSuffix(path, config.StateEnding) + ".hcl")
		return path == s.State.Path() || s.Source.Single && err == nil || s.moved(ctx, path) != nil
	})
	if len(others) == 0 {
		return nil
	}
	return schema.Diagnostics{{Severity: schema.Warning, Summary: "Another state is beside the one to be made",
		Detail: fmt.Sprintf("There is nothing in %s yet, so that everything is new; and there is %s. If that is this "+
			"configuration's, from when it had another name or was one file of a folder, go on with it: -state=%s.",
			s.State.Path(), strings.Join(others, ", "), others[0])}}
}

// moved says where a state has gone of which a file is what is left; nil for any other file.
func (s *Loaded) moved(ctx context.Context, path string) *store.MigratedError {
	left, err := formerFile(s.Source.Dir, path)
	if err == nil {
		_, _, err = left.Read(ctx)
	}
	var gone *store.MigratedError
	errors.As(err, &gone)
	return gone
}

// StateOf is the state of a configuration; nothing is read yet. What is done with it is logged, unless the log is nil.
func StateOf(cfg *config.Config, to *slog.Logger) (*store.Store, error) {
	var kept store.Backend
	var err error
	switch at := cfg.State; {
	case at.HTTP != nil:
		kept, err = httpstate.New(httpstate.Options(*at.HTTP), to)
	case at.Postgres != nil:
		kept, err = postgres.New(postgres.Options(*at.Postgres))
	case at.S3 != nil:
		kept, err = s3.New(s3.Options(*at.S3), to)
	default:
		kept = local.NewIn(at.Folder, at.Path)
	}
	if err != nil {
		return nil, err
	}
	if to != nil {
		kept = logged{kept, to}
	}
	cipher, err := CipherOf(cfg.State.Encryption)
	if err != nil {
		return nil, err
	}
	return store.New(kept, cipher), nil
}

// mostIdentity bounds a file of identities.
const mostIdentity = 1 << 20

// CipherOf seals and opens as an encryption block says, and opens with the keys of the environment where there is none.
func CipherOf(e *backend.Encryption) (*seal.Cipher, error) {
	keys, err := KeysOf(e)
	if err != nil {
		return nil, err
	}
	return seal.New(keys)
}

// KeysOf are the keys of an encryption block and of the environment.
func KeysOf(e *backend.Encryption) (seal.Keys, error) {
	if e == nil {
		return seal.Keys{}, nil
	}
	keys := seal.Keys{Sealed: e.Sealed, By: e.By, Enforced: e.Enforced, Recipients: e.Recipients, Identity: e.Identity,
		Passphrase: e.Passphrase, Old: []seal.Secret{{Identity: e.OldIdentity, Passphrase: e.OldPassphrase}}}
	if keys.Identity == "" && e.IdentityFile != "" {
		text, err := confine.ReadFile(e.IdentityFile, mostIdentity)
		if err != nil {
			return keys, fmt.Errorf("read the identity of the state's encryption: %w", err)
		}
		keys.Identity = string(text)
	}
	return keys, nil
}

// Names are the names of people and approval types that the configuration has. The state may have only their ids.
func (s Stored) Names(st state.State) *view.Names {
	people := map[int64]schema.Person{}
	for _, a := range s.declared.Approvers {
		if a.Person.ID != 0 {
			people[a.Person.ID] = a.Person
		}
	}
	names := view.NewNames(people, nil)
	known := st.Index()
	for _, t := range s.declared.Templates {
		if b := known.Bindings[t.Address]; b != nil {
			names.DeclareType(b.Recorded.ApprovalType, t.Template.ApprovalType)
		}
	}
	return names
}

// Addresses are the addresses that a configuration declares and those in its state, as far as either can be read.
func Addresses(ctx context.Context, o Flags) []addr.Address {
	var all []addr.Address
	s, err := FindState(ctx, o)
	if err == nil {
		st, _, _ := s.Read(ctx) // empty where it cannot be read
		for _, b := range st.Bindings {
			all = append(all, b.Address)
		}
		for _, a := range st.Attachments {
			all = append(all, a.Address)
		}
	}
	for _, t := range s.declared.Templates {
		all = append(all, t.Address)
	}
	for _, p := range s.declared.Scopes {
		all = append(all, p.Address)
	}
	for _, a := range s.declared.Attachments {
		all = append(all, a.Address)
	}
	for _, a := range s.declared.Approvers {
		all = append(all, a.Address)
	}
	slices.SortFunc(all, addr.Address.Compare)
	return slices.Compact(all)
}
