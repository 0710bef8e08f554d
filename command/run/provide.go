package run

import (
	"os"
	"slices"
	"strings"

	"countersign/command/fault"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/config/provider"
)

// Provide finds out how the vendors are reached, for commands that work without a plan: the configuration says it, or,
// where there is none, the environment. Only mistakes in the providers matter here; variables without a value do not.
func (run *Session) Provide() (*Loaded, error) {
	if run.Path == "." {
		if files, err := config.FilesOf(run.Path); err == nil && len(files) == 0 {
			return run.ProvideFromEnviron()
		}
	}
	source, diags := config.Load(run.Path)
	s := &Loaded{Session: run, Source: source}
	if diags.HasErrors() {
		return nil, s.Keep(diags)
	}
	in := s.Inputs
	in.Ask, in.Unset = nil, true
	cfg, diags := source.Evaluate(in, nil)
	if cfg == nil {
		return nil, s.Keep(diags)
	}
	others := func(d schema.Diagnostic) bool { return !within(d, "provider ") }
	ofProviders := slices.DeleteFunc(slices.Clone(diags), others)
	if len(ofProviders) > 0 {
		return nil, s.Keep(ofProviders)
	}
	if cfg.Provider.Endpoint == "" && cfg.DingTalk == nil && diags.HasErrors() {
		return nil, s.Keep(diags)
	}
	s.Config = cfg
	return s, nil
}

// within reports whether an error is in a block with a heading that begins so.
func within(d schema.Diagnostic, heading string) bool {
	return d.Severity == schema.Error && d.Snippet != nil && d.Snippet.Context != nil &&
		strings.HasPrefix(*d.Snippet.Context, heading)
}

// ProvideFromEnviron takes the providers from the environment alone.
func (run *Session) ProvideFromEnviron() (*Loaded, error) {
	chat, err := provider.DingTalkFromEnviron(os.Environ())
	if err != nil {
		return nil, fault.New("The environment does not say how to reach DingTalk", "%v", err)
	}
	return &Loaded{Session: run, Config: &config.Config{
		Provider: provider.Drive{Endpoint: os.Getenv("YOMICLOUD_ENDPOINT"), Token: os.Getenv("YOMICLOUD_TOKEN"),
			Connection: provider.Connection{CAFile: os.Getenv(provider.CAFileEnv)}},
		DingTalk: &chat,
	}}, nil
}

// OpenDrive makes the client of a provided session's drive. It makes no call.
func (s *Loaded) OpenDrive() (*Opened, error) {
	if s.Config.Provider.Endpoint == "" {
		return nil, fault.New("No drive is named", "There is no configuration here that names one, and the "+
			"environment names none. Set YOMICLOUD_ENDPOINT (\"sandbox:\" is the embedded one) and YOMICLOUD_TOKEN, "+
			"or name a configuration with -config=PATH.")
	}
	return s.open()
}
