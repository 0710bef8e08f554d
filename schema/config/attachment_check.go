package config

import (
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/provider"
)

// checkAttachments checks the attachments against the providers and the state.
func (ev *evaluator) checkAttachments(ps provider.Blocks, c *Config) {
	for _, a := range ev.src.document.attachments {
		if a.DingTalk != nil && !ps.HasDingTalk() {
			ev.reportOn(a.Address, diagnostic.Error(a.DingTalk.At, "No provider for DingTalk",
				"%s is staged in DingTalk, and no block says how to reach it. Add one: provider \"dingtalk\" "+
					"{ agent_id = … }, with %s and %s in the environment, or endpoint = \"sandbox:\" to try it.",
				a.Address, provider.DingTalkKeyEnv, provider.DingTalkSecretEnv))
		}
		if a.Contract != nil && !ps.HasESign() {
			ev.reportOn(a.Address, diagnostic.Error(a.Contract.At, "No provider for e-sign contracts",
				"%s is made of signed contracts, and no block says where to fetch them. Add one: "+
					"provider \"tencentess\" { app_id = …, organization = …, operator = … }, a line for each, "+
					"with %s and %s in the environment, or endpoint = \"sandbox:\" to try it.",
				a.Address, provider.ESignIDEnv, provider.ESignKeyEnv))
		}
	}
	ev.attachments.CheckOwnFiles(c.State.Path)
}
