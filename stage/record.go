package stage

import (
	"maps"
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema/addr"
	"countersign/state"
)

// record brings what the state says of attachments up to date where nothing that was sent stands behind
// it: what is no longer declared, and files that no longer belong to one.
func record(st state.State, p *plans.Plan, results []plans.StageResult) state.State {
	failed := map[addr.Address]bool{}
	for _, r := range results {
		failed[r.Change.Address] = r.Err != nil
	}
	byAddress := map[addr.Address]state.Attachment{}
	for _, a := range st.Attachments {
		byAddress[a.Address] = a
	}
	for _, c := range p.Attachments {
		a, ok := byAddress[c.Address]
		if !ok || failed[c.Address] {
			continue
		}
		if c.Action == plans.Forget {
			delete(byAddress, c.Address)
			continue
		}
		if slices.Contains(c.Drops, "drive") {
			a.Drive = nil
		}
		if slices.Contains(c.Drops, "dingtalk") {
			a.DingTalk = nil
		}
		if a.DingTalk != nil && len(c.Files) > 0 {
			d := *a.DingTalk
			d.Digest, d.Count = c.Attachment.Digest(), len(c.Files)
			declared := make(map[string]bool, len(c.Files))
			for _, f := range c.Files {
				declared[f.Name] = true
			}
			d.Files = slices.DeleteFunc(slices.Clone(d.Files),
				func(f state.DingTalkFile) bool { return !declared[f.Source] })
			a.DingTalk = &d
		}
		byAddress[c.Address] = a
	}
	st.Attachments = nil
	for _, address := range slices.SortedFunc(maps.Keys(byAddress), addr.Address.Compare) {
		st.Attachments = append(st.Attachments, byAddress[address])
	}
	return st
}
