package viewtest

import (
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
)

// DiagnosticAt is a diagnostic about the first place of marked in code.
func DiagnosticAt(severity schema.Severity, code, marked, context, summary, detail string) schema.Diagnostic {
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

// DiagnosticsOfEachKind have places, values, long lines and harmful texts between them.
func DiagnosticsOfEachKind() schema.Diagnostics {
	values := DiagnosticAt(schema.Error, `    min_approvals = var.board_quorum`, "var.board_quorum", `step "终审"`,
		"More approvals asked than there are approvers", "The step 终审 has 2 approvers.")
	values.Snippet.Values = []schema.Value{{Traversal: "var.board_quorum", Statement: "is 3"}}
	return schema.Diagnostics{
		DiagnosticAt(schema.Error, `  titel = "申请修改"`, "titel", `template "modify"`, "Unsupported argument",
			"An argument named \"titel\" is not expected here. Did you mean \"title\"?"),
		DiagnosticAt(schema.Error, `  approval_type = "修改文档" # 中文 after it`, `"修改文档"`, `template "modify"`,
			"Unknown approval type", "The drive has no approval type \"修改文档\". There are: 不处理 (id 1), "+
				"上传文件 (id 2), 申请预览权限 (id 3), 修改文件 (id 4).\n\nChoose one of these:\n  approval_type = \"修改文件\""),
		values,
		DiagnosticAt(schema.Warning, "\tstep \"a\" {\n\t  approvers = []\n\t}", "approvers = []\n\t}", "",
			"Several lines", ""),
		DiagnosticAt(schema.Error, "x = "+strings.Repeat("[1, ", 100)+"oops"+strings.Repeat("]", 100), "oops", "",
			"A long line", "Only the part around it is shown."),
		DiagnosticAt(schema.Error, "title = \"\x1b[31m\u202e\"", "\"\x1b", "", "Control \x1b[2J characters",
			"stay visible: \x1b[2J"),
		schema.Problem(schema.Warning, addr.Of("template.upload[\"legal\"]"), "title", "No file is known",
			"So the address is told."),
		{Severity: schema.Error, Summary: "Nothing but words"},
		PolicyFails(),
	}
}

// PolicyFails is the error about a template that a policy of another folder refuses.
func PolicyFails() schema.Diagnostic {
	d := DiagnosticAt(schema.Error, `template "modify" {`, `template "modify"`, `template "modify"`,
		"Policy four_eyes fails", "申请修改: 测试2 alone can pass this.")
	rule := DiagnosticAt(schema.Error, "  condition = self.fewest_approvers >= 2", "self.fewest_approvers >= 2",
		`policy "four_eyes"`, "", "")
	rule.Range.Filename = "../security/rules.hcl"
	rule.Snippet.Values = []schema.Value{{Traversal: "self.fewest_approvers", Statement: "is 1"}}
	d.Address, d.Code, d.Rule = addr.Of("template.modify"), "policy.four_eyes", &schema.Rule{Range: rule.Range,
		Snippet: rule.Snippet}
	return d
}
