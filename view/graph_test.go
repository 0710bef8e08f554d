package view

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
)

// picturedDeclaration is a declaration with folders in folders, a file, four rules, cc, and a name that only the drive
// knows.
func picturedDeclaration() schema.Declaration {
	modify, newest := *modify(), *upload(other)
	newest.Title, newest.Steps = `"A|B" <b>x</b> & #1`, []schema.Step{step("", schema.RuleDesignated, 0, zhang, other,
		ghost)}
	modify.ApprovalType = "修改文件"
	return schema.Declaration{
		Scopes: []schema.Scope{
			{Address: addr.Of("file.charter"), Kind: schema.ScopeFile, ID: 98},
			{Address: addr.Of("folder.archive"), Kind: schema.ScopeFolder, Path: "公司文件/合同/归档/旧/"},
			{Address: addr.Of("folder.company"), Kind: schema.ScopeFolder, ID: 1, Path: "/公司文件"},
			{Address: addr.Of("folder.contracts"), Kind: schema.ScopeFolder, ID: 71, Path: "公司文件/合同",
				Unmanaged: schema.UnmanagedRemove},
			{Address: addr.Of("folder.contracts2"), Kind: schema.ScopeFolder, Path: "公司文件/合同2"},
		},
		Approvers: []schema.Approver{
			{Address: addr.Of("approver.ghost"), Person: ghost}, {Address: addr.Of("approver.li"),
				Person: li}, {Address: addr.Of("approver.other"), Person: other},
			{Address: addr.Of("approver.unused"), Person: schema.Person{ID: 44,
				Realname: "没有用到"}}, {Address: addr.Of("approver.zhang"), Person: zhang},
		},
		Templates: []schema.Declared{
			{Address: addr.Of(`template.each["法务"]`), Scope: addr.Of("folder.archive"), Template: newest},
			{Address: addr.Of("template.modify"), Scope: addr.Of("folder.contracts"), Template: modify},
			{Address: addr.Of("template.untold"), Scope: addr.Of("file.charter"), Template: schema.Template{}},
		},
	}
}

func TestGraph(t *testing.T) {
	for _, what := range []GraphType{GraphFolders, GraphApprovers, GraphFlow} {
		for format, suffix := range map[GraphFormat]string{Mermaid: "mmd", DOT: "dot"} {
			text, notes := Graph(picturedDeclaration(), what, format)
			golden(t, fmt.Sprintf("graph/%s.%s", what, suffix), []byte(text))
			if len(notes) > 0 {
				t.Errorf("%s %s: %v", what, format, notes)
			}
		}
	}
}

func TestGraphOfNothing(t *testing.T) {
	if text, _ := Graph(schema.Declaration{}, GraphFlow, Mermaid); text != "flowchart LR\n  nothing[\"nothing is declared\"]\n" {
		t.Errorf("%s", text)
	}
}

// Beyond what Mermaid draws there is a picture all the same, and a warning; Graphviz has no limit.
func TestGraphTooLargeForMermaid(t *testing.T) {
	var d schema.Declaration
	for i := range 200 {
		d.Templates = append(d.Templates, schema.Declared{Address: addr.Of(fmt.Sprintf("template.t[%q]",
			fmt.Sprint(i))), Template: *modify()})
	}
	if _, notes := Graph(d, GraphFlow, Mermaid); len(notes) != 1 || notes.HasErrors() {
		t.Errorf("Mermaid: %v", notes)
	}
	if _, notes := Graph(d, GraphFlow, DOT); len(notes) != 0 {
		t.Errorf("DOT: %v", notes)
	}
}

// Whatever a title or a name holds, each line of a picture keeps its form, and the text stands in it as text.
func TestGraphOfHostileNames(t *testing.T) {
	const label = `"([^"<>` + "`" + `&;]|#\d+;|<br/>)*"`
	id := `[a-z]+\d*(_[a-z0-9]+)?`
	forms := map[GraphFormat]*regexp.Regexp{
		Mermaid: regexp.MustCompile(`^(flowchart (LR|TB)|    direction (LR|TB)|  end|  subgraph ` + id +
			`\[" "\]|  t\d+ ~~~ t\d+| +` + id + `(\[/?|\(\[?)` + label + `(/?\]|\]?\))|  ` + id +
			` (-->|-\.->|-\.-)(\|` + label + `\|)? ` + id + `)$`),
		DOT: regexp.MustCompile(`^(digraph countersign \{| *\}| +(rankdir|node|edge|fontname|label|subgraph|` + id +
			`)\b([^"]|"([^"\\]|\\.)*")*)$`),
	}
	texts := append([]string{"```\n## end", "1. one", "- two", "1) three", "www.example.com", "style:x#;", "a --> b",
		"]]>", "<script>alert(1)</script>", "%%{init}%%", `\N\l`, "&lt;", "fa:fa-user", "end", "_x_ **y**"}, hostile...)
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
			for _, what := range []GraphType{GraphFolders, GraphApprovers, GraphFlow} {
				picture, _ := Graph(d, what, format)
				for line := range strings.Lines(picture) {
					if !form.MatchString(strings.TrimSuffix(line, "\n")) {
						t.Errorf("%s of %q as %s: %s", what, text, format, line)
					}
				}
			}
		}
	}
}
