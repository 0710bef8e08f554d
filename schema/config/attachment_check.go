package config

import (
	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/provider"
)

// checkAttachments checks the attachments against the providers and the state.
func (ev *evaluator) checkAttachments(ps provider.Blocks, c *Config) {
	for _, a := range ev.src.document.attachments {
		if a.DingTalk != nil && !ps.HasDingTalk() {
			ev.Report(diagnostic.Finding{Address: a.Address, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagError,
				Summary: "No provider for DingTalk", Subject: &a.DingTalk.At,
				Detail: a.Address.String() + " is staged in DingTalk, and no block says how to reach it. Add one: " +
					"provider " +
					"\"dingtalk\" { agent_id = … }, with " +
					provider.DingTalkKeyEnv + " and " + provider.DingTalkSecretEnv + " in the environment, or " +
					"endpoint = \"sandbox:\" to try it."}})
		}
		if a.Contract != nil && !ps.HasESign() {
			ev.Report(diagnostic.Finding{Address: a.Address, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagError,
				Summary: "No provider for e-sign contracts", Subject: &a.Contract.At,
				Detail: a.Address.String() + " is made of signed contracts, and no block says where to fetch them. " +
					"Add one: " +
					"provider \"tencentess\" { app_id = …, organization = …, operator = … }, a line for each, " +
					"with " +
					provider.ESignIDEnv + " and " + provider.ESignKeyEnv + " in the environment, or endpoint = " +
					"\"sandbox:\" to try it."}})
		}
	}
	ev.attachments.CheckOwnFiles(c.State.Path)
}
