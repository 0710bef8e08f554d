package view

import (
	"bytes"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
)

// at is a diagnostic about the first place in code where marked stands.
func at(severity schema.Severity, code, marked, context, summary, detail string) schema.Diagnostic {
	i := strings.Index(code, marked)
	line := 1 + strings.Count(code[:i], "\n")
	column := 1 + len([]rune(code[strings.LastIndex(code[:i], "\n")+1:i]))
	d := schema.Diagnostic{Severity: severity, Summary: summary, Detail: detail,
		Range: &schema.Range{Filename: "main.hcl", Start: schema.Pos{Line: 11 + line, Column: column},
			End: schema.Pos{Line: 11 + line, Column: column + len([]rune(marked))}},
		Snippet: &schema.Snippet{Code: code, StartLine: 12, HighlightStartOffset: i, HighlightEndOffset: i +
			len(marked)}}
	if context != "" {
		d.Snippet.Context = &context
	}
	return d
}

func diagnosticsOfEachKind() schema.Diagnostics {
	values := at(schema.Error, `    min_approvals = var.board_quorum`, "var.board_quorum", `step "终审"`,
		"More approvals asked than there are approvers", "The step 终审 has 2 approvers.")
	values.Snippet.Values = []schema.Value{{Traversal: "var.board_quorum", Statement: "is 3"}}
	return schema.Diagnostics{
		at(schema.Error, `  titel = "申请修改"`, "titel", `template "modify"`, "Unsupported argument",
			"An argument named \"titel\" is not expected here. Did you mean \"title\"?"),
		at(schema.Error, `  approval_type = "修改文档" # 中文 after it`, `"修改文档"`, `template "modify"`,
			"Unknown approval type",
			"The drive has no approval type \"修改文档\". There are: 不处理 (id 1), 上传文件 (id 2), 申请预览权限 (id 3), 修改文件 (id 4).\n\nChoose one of these:\n  approval_type = \"修改文件\""),
		values,
		at(schema.Warning, "\tstep \"a\" {\n\t  approvers = []\n\t}", "approvers = []\n\t}", "", "Several lines", ""),
		at(schema.Error, "x = "+strings.Repeat("[1, ", 100)+"oops"+strings.Repeat("]", 100), "oops", "", "A long line",
			"Only the part around it is shown."),
		at(schema.Error, "title = \"\x1b[31m\u202e\"", "\"\x1b", "", "Control \x1b[2J characters",
			"stay visible: \x1b[2J"),
		schema.Problem(schema.Warning, addr.Of("template.upload[\"legal\"]"), "title", "No file is known",
			"So the address is told."),
		{Severity: schema.Error, Summary: "Nothing but words"},
	}
}

func TestDiagnostics(t *testing.T) {
	for name, s := range map[string]Settings{"plain": {Width: 78}, "colour": {Width: 78, Color: true}} {
		var b bytes.Buffer
		if err := Diagnostics(&b, diagnosticsOfEachKind(), s); err != nil {
			t.Fatal(err)
		}
		golden(t, "diagnostics/"+name+".txt", b.Bytes())
	}
	for name, d := range map[string]schema.Diagnostics{"several": diagnosticsOfEachKind()[:3], "none": nil,
		"warning": diagnosticsOfEachKind()[6:7]} {
		doc, err := DiagnosticsJSON(d)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "diagnostics/"+name+".json", append(doc, '\n'))
	}
}

// The marks stand below what they mark, whatever is before it.
func TestMarksStandBelow(t *testing.T) {
	for _, before := range []string{"abc ", "中文 ", "\t", "e\u0301 ", "👍🏽 ", "\x1b[31m "} {
		d := at(schema.Error, before+"here", "here", "", "s", "")
		lines := snippet(d.Snippet, Settings{})
		if got, want := strings.Index(lines[1], "^"), width(lines[0])-len("here"); got != want ||
			strings.Count(lines[1], "^") != 4 {
			t.Errorf("%q: marked at %d, want %d:\n%s", before, got, want, strings.Join(lines, "\n"))
		}
	}
}

// Snippets come from files of any content, and offsets from anywhere.
func FuzzSnippet(f *testing.F) {
	f.Add("title = \"中文\"\n", 8, 12, 80)
	f.Add("\xff\xfe", 1, 9, 0)
	f.Add("", -5, 1<<40, -1)
	f.Fuzz(func(t *testing.T, code string, from, to, columns int) {
		d := schema.Diagnostic{Range: &schema.Range{Filename: code},
			Snippet: &schema.Snippet{Code: code, HighlightStartOffset: from, HighlightEndOffset: to}}
		for _, colour := range []bool{false, true} {
			var b bytes.Buffer
			if err := Diagnostics(&b, schema.Diagnostics{d}, Settings{Width: columns, Color: colour}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
