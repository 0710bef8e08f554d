package command

import (
	"context"
	"strings"
	"testing"
)

// A word is completed as a shell understands it, also while a quotation mark is open.
func TestUnquoted(t *testing.T) {
	t.Setenv("HOME", "/home/li")
	for word, want := range map[string]string{
		"plan": "plan", "": "", `template.upload\[\"legal\"\]`: `template.upload["legal"]`,
		`'template.upload["le`: `template.upload["le`, `-target='a b'c`: "-target=a bc", `"a\"b`: `a"b`, `'a\b'`: `a\b`,
		"~/policies": "/home/li/policies",
	} {
		if got := unquoted(word); got != want {
			t.Errorf("%s is %s, not %s", word, got, want)
		}
	}
}

// What is proposed fits the place: commands, flags, values of that command's flag, or files.
func TestPropose(t *testing.T) {
	for line, want := range map[string]string{
		"sta":                     "words: stage state",
		"state h":                 "words: history",
		"help state re":           "words: restore rekey",
		"plan -ref":               "words: -refuse= -refresh-only",
		"plan --ref":              "words: --refuse= --refresh-only",
		"plan -refuse weaker,inc": "words: weaker,incomparable",
		"plan -refuse=und":        "words: undecided",
		"approval handle -refuse": "words: -refuse",
		"test -report=":           "words: junit=",
		"coverage -type=":         "files:",
		"graph -type=f":           "words: folders flow",
		"plan -parallelism=":      "words:",
		"plan -out ":              "files:",
		"plan ":                   "configurations:",
		"apply ":                  "files:",
		"version ":                "words:",
		"completion ":             "words: bash zsh fish",
		"plan -nonsense x":        "words:",
		"nonsense x":              "words:",
		"plan -json=perhaps x":    "words:",
		"-chdir=x pla":            "words: plan",
	} {
		p := propose(context.Background(), program(), strings.Split(line, " "))
		got := []string{p.files + ":"}
		for _, w := range p.words {
			got = append(got, w[0])
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%q: %q, not %q", line, text, want)
		}
	}
}
