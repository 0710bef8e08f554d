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

// Provide finds out how the vendors are reached, for commands that work on no plan: as the configuration says, or
// where there is none, the environment. Of a configuration only mistakes in its providers matter here, and variables
// without a value do not.
func (s *Session) Provide() error {
	if s.Path == "." {
		if files, err := config.FilesOf(s.Path); err == nil && len(files) == 0 {
			return s.ProvideFromEnviron()
		}
	}
	source, diags := config.Load(s.Path)
	s.Source = source
	if diags.HasErrors() {
		return s.Keep(diags)
	}
	in := s.Inputs
	in.Ask, in.Unset = nil, true
	cfg, diags := source.Evaluate(in, nil)
	if cfg == nil {
		return s.Keep(diags)
	}
	if d := slices.DeleteFunc(slices.Clone(diags), func(d schema.Diagnostic) bool {
		return !within(d,
			"provider ")
	}); len(d) > 0 {
		return s.Keep(d)
	}
	if cfg.Provider.Endpoint == "" && cfg.DingTalk == nil && diags.HasErrors() {
		return s.Keep(diags)
	}
	s.Config = cfg
	return nil
}

// within reports whether a mistake is in a block whose heading begins so.
func within(d schema.Diagnostic, heading string) bool {
	return d.Severity == schema.Error && d.Snippet != nil && d.Snippet.Context != nil &&
		strings.HasPrefix(*d.Snippet.Context, heading)
}

// ProvideFromEnviron takes the providers from the environment alone.
func (s *Session) ProvideFromEnviron() error {
	chat, err := provider.DingTalkFromEnviron(os.Environ())
	if err != nil {
		return fault.New("The environment does not say how to reach DingTalk", "%v", err)
	}
	s.Config = &config.Config{
		Provider: provider.Drive{Endpoint: os.Getenv("YOMICLOUD_ENDPOINT"), Token: os.Getenv("YOMICLOUD_TOKEN"),
			CAFile: os.Getenv(provider.CAFileEnv)},
		DingTalk: &chat,
	}
	return nil
}

// OpenDrive reaches for the drive of a provided session; it makes no call.
func (s *Session) OpenDrive() error {
	if s.Config.Provider.Endpoint == "" {
		return fault.New("No drive is named", "There is no configuration here that names one, and the environment names none. Set YOMICLOUD_ENDPOINT (\"sandbox:\" is the embedded one) and YOMICLOUD_TOKEN, or name a configuration with -config=PATH.")
	}
	return s.open()
}
