package viewtest

import (
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// What a drive, or whoever edits in its console, may put into a title or a name to fool a reader.
var HostileTexts = []string{
	"\x1b[31mred\x1b[0m",
	"two\nlines\nPlan: 0 to add, 0 to change, 0 to destroy.",
	"No changes.\r\x1b[2K",
	"abc\u202etxt.exe\u202c",
	"zero\u200bwidth\u2066isolate\u2069",
	"\u009b31m and \a bell",
	"bad \xff\xfe bytes",
	"hangul\u3164filler",
	`quote " and back\slash`,
	"tab\there",
	strings.Repeat("长", 500),
	"",
}

// HostilePlan has a text wherever a plan has one from outside.
func HostilePlan(text string) *plans.Plan {
	who := schema.Person{ID: 8, Username: text, Realname: text}
	t := schema.Template{Title: text, ApprovalType: text, AppliesTo: schema.AppliesTo(text), Description: text,
		Steps: []schema.Step{
			{Name: text, Approvers: []schema.Person{who}, Rule: schema.PassRule(text)},
		}, ApproverAccess: schema.Access(text), CC: []schema.Person{who}, CCAccess: schema.Access(text)}
	at := plans.Place{Address: addr.Of("folder.x"), Kind: schema.ScopeFolder, ID: 1, Path: text}
	by := &plans.Edit{By: who, At: 1}
	p := PlanOf(
		plans.Change{Address: addr.Of("template.a"), Action: plans.Create, Place: at, After: &t},
		plans.Change{Address: addr.Of("template.b"), Action: plans.Update, ID: 2, Place: at, Before: Modify(),
			After: &t},
		plans.Change{Address: addr.Of("template.c"), Action: plans.Remove, Reason: plans.Unowned, ID: 3, Place: at,
			Before: &t, Edited: by},
		plans.Change{Address: addr.Of("template.d"), Action: plans.Replace, ID: 4, Place: Contracts, OldPlace: &at,
			Before: &t, After: Modify()},
		plans.Change{Address: addr.Of("template.e"), Action: plans.NoOp, Importing: true, ID: 5, Place: at, Before: &t,
			After: &t},
	)
	p.Changes[1].InFlight = &plans.InFlight{Open: 1, Since: 1, By: []plans.Raiser{{Who: who, Open: 1, Since: 1}}}
	p.Catalogue = append(schema.Catalogue{{ID: text, Name: text}}, Catalogue...)
	p.Drift = []plans.Drift{{Address: addr.Of("template.b"), ID: 2, Place: at, Recorded: Modify(), Live: &t,
		Edited: by}}
	p.Unmanaged = []plans.Found{{ID: 9, Place: at, Live: t, Edited: by}}
	p.Refused = []plans.Change{{Address: addr.Of("template.f"), Action: plans.Create, ID: 7, Place: at, Before: &t,
		After: Modify(), Edited: by, Holder: &plans.Holder{ID: 7, Keeps: plans.KeepsUnbound}},
		{Address: addr.Of("template[" + text), Action: plans.Create, ID: 8, Place: at, Before: &t, After: &t,
			Edited: by, Holder: &plans.Holder{Address: addr.Of(text), ID: 8, Keeps: plans.KeepsHeldBack}}}
	p.HeldBack = p.Changes[2:3]
	p.Attachments = hostileAttachments(text)
	p.Outputs = []plans.OutputChange{{Name: "o", Action: plans.Create, After: map[string]any{text: text}}}
	p.Warnings = schema.Diagnostics{schema.Problem(schema.Warning, addr.Of("template.a"), "", text, "harmless")}
	p.Warnings[0].Code = text
	p.Warnings[0].Rule = &schema.Rule{Range: &schema.Range{Filename: text}, Snippet: &schema.Snippet{Code: text,
		Values: []schema.Value{{Traversal: text, Statement: text}}}}
	p.Checks = []schema.Check{{Policy: addr.Of("policy.p"), Folder: text, Excepted: []schema.Exception{{Reason: text}},
		Instances: []schema.CheckInstance{{Policy: addr.Of("policy.p"), Severity: schema.Error,
			Status: schema.CheckFail, Problem: text}}}}
	return p
}

// hostileAttachments are named and aimed by whoever made the files and the conversations.
func hostileAttachments(text string) []plans.AttachmentChange {
	c := Staged("attachment.a", Sent(text, 1), Sent(text+"2", 2))
	c.Previews = []schema.Preview{{UserID: text, ProcessInstanceID: text}}
	c.Links = []string{text, text}
	c.Attachment.DingTalk.FolderID = text
	flows := Contract()
	flows.Flows = []string{text}
	return []plans.AttachmentChange{c, flows, {Address: addr.Of("attachment.old"), Action: plans.Forget,
		Reason: plans.Undeclared, Drops: []string{text}}}
}

// HostileApproval has a text wherever an approval has one from outside.
func HostileApproval(text string) schema.Approval {
	who := schema.Person{ID: 8, Username: text, Realname: text}
	part := schema.ApprovalPart{Person: who, Decision: schema.DecisionAgreed, Note: text, Decided: 1}
	return schema.Approval{ID: 1, Title: text, Status: schema.ApprovalStatus(text), ApprovalType: text, Path: text,
		Description: text, Creator: who, Note: text, Failure: text,
		Attachment:     &schema.AttachmentInfo{ID: 1, Name: text},
		ApproverAccess: schema.Access(text), CC: []schema.Person{who}, CCAccess: schema.Access(text),
		Steps: []schema.ApprovalStep{{Name: text, Rule: schema.PassRule(text), Parts: []schema.ApprovalPart{part}},
			{Name: text, Rule: schema.RuleAll, Parts: []schema.ApprovalPart{part, part}}},
	}
}

// HostileState has the names that DingTalk gave to files.
func HostileState(text string) []state.Attachment {
	list := StagedState()[:1]
	f := &list[0].DingTalk.Files[0]
	f.ID, f.SpaceID, f.Name, f.Source = text, text, text, text
	f.Links, f.Previews = []string{text}, []schema.Preview{{UserID: text, ProcessInstanceID: text}}
	list[0].DingTalk.UnionID, list[0].DingTalk.FolderID, list[0].Drive.Files[0].Name = text, text, text
	return list
}

// Texts that would mean something to Markdown, HTML, Mermaid, or a runner of workflows.
var HostileInReports = append([]string{
	"``` \n```\n# Approved",
	"````````",
	"`code` **bold** [link](https://evil.example) ![i](x)",
	"a | b | c",
	"<script>alert(1)</script>",
	"</details></summary><h1>Approved</h1>",
	"<img src=x onerror=alert(1)>",
	"]]>",
	"<!--",
	"-->",
	"@everyone #1 !2 &lt; &#60; :smile: $x$",
	`"]; click before1 call evil() %%{init: {}}%%`,
	"x\"] --> y[\"z",
	"end",
	"graph TD; A-->B;",
	"style a fill:#f9f;",
	"#quot;#35;",
	"ﬂ°°60¶ß",
	"fa:fa-car",
	"1. one",
	"- item",
	"`md`",
	"a*b*c *d* _e_",
	"~~no~~",
	`line1\nline2`,
	"https://evil.example/x",
	"a@b.example",
	"ﬂ°35¶ß",
	"::error file=x::y",
	"%0A::set-output name=a::b",
	"/close",
	"“引号”（括号）：《书名》，「法务」、¥100！",
	`note: "is it 5 %?" it's a = b, c["d"].e`,
	"*“a”* _「b」_ **（c）**",
}, HostileTexts...)
