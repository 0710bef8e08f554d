package graph

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view/viewtest"
)

func TestGraph(t *testing.T) {
	for _, what := range []Type{Folders, Approvers, Flow} {
		for format, suffix := range map[Format]string{Mermaid: "mmd", DOT: "dot"} {
			text, notes := Draw(viewtest.Declaration(), what, format)
			viewtest.Golden(t, fmt.Sprintf("%s.%s", what, suffix), []byte(text))
			if len(notes) > 0 {
				t.Errorf("%s %s: %v", what, format, notes)
			}
		}
	}
}

func TestGraphOfNothing(t *testing.T) {
	if text, _ := Draw(
		schema.Declaration{},
		Flow,
		Mermaid,
	); text != "flowchart LR\n  nothing[\"nothing is declared\"]\n" {
		t.Errorf("%s", text)
	}
}

// Beyond what Mermaid draws there is a picture all the same, and a warning; Graphviz has no limit.
func TestGraphTooLargeForMermaid(t *testing.T) {
	var d schema.Declaration
	for i := range 200 {
		d.Templates = append(d.Templates, schema.Declared{
			Address:  addr.Of(fmt.Sprintf("template.t[%q]", fmt.Sprint(i))),
			Template: *viewtest.Modify()})
	}
	if _, notes := Draw(d, Flow, Mermaid); len(notes) != 1 || notes.HasErrors() {
		t.Errorf("Mermaid: %v", notes)
	}
	if _, notes := Draw(d, Flow, DOT); len(notes) != 0 {
		t.Errorf("DOT: %v", notes)
	}
}

// Whatever a title or a name holds, each line of a picture keeps its form, and the text stands in it as text.
func TestGraphOfHostileNames(t *testing.T) {
	const label = `"([^"<>` + "`" + `&;]|#\d+;|<br/>)*"`
	id := `[a-z]+\d*(_[a-z0-9]+)?`
	forms := map[Format]*regexp.Regexp{
		Mermaid: regexp.MustCompile(`^(flowchart (LR|TB)|    direction (LR|TB)|  end|  subgraph ` + id +
			`\[" "\]|  t\d+ ~~~ t\d+| +` + id + `(\[/?|\(\[?)` + label + `(/?\]|\]?\))|  ` + id +
			` (-->|-\.->|-\.-)(\|` + label + `\|)? ` + id + `)$`),
		DOT: regexp.MustCompile(`^(digraph countersign \{| *\}| +(rankdir|node|edge|fontname|label|subgraph|` + id +
			`)\b([^"]|"([^"\\]|\\.)*")*)$`),
	}
	texts := append([]string{
		"```\n## end",
		"1. one",
		"- two",
		"1) three",
		"www.example.com",
		"style:x#;",
		"a --> b",
		"]]>",
		"<script>alert(1)</script>",
		"%%{init}%%",
		`\N\l`,
		"&lt;",
		"fa:fa-user",
		"end",
		"_x_ **y**",
	}, viewtest.HostileTexts...)
	for _, text := range texts {
		who := schema.Person{ID: 8, Realname: text}
		d := schema.Declaration{
			Scopes: []schema.Scope{{Address: addr.Of("folder.x"), Kind: schema.ScopeFolder, Path: text}},
			Templates: []schema.Declared{{Address: addr.Of("template.x").Instance(text), Scope: addr.Of("folder.x"),
				Template: schema.Template{
					Title: text, ApprovalType: text, CC: []schema.Person{who}, Steps: []schema.Step{{Name: text,
						Approvers: []schema.Person{who}, Rule: schema.PassRule(text)}}}}},
		}
		for format, form := range forms {
			for _, what := range []Type{Folders, Approvers, Flow} {
				picture, _ := Draw(d, what, format)
				for line := range strings.Lines(picture) {
					if !form.MatchString(strings.TrimSuffix(line, "\n")) {
						t.Errorf("%s of %q as %s: %s", what, text, format, line)
					}
				}
			}
		}
	}
}
