package stage

import (
	"countersign/providers/dingtalk"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Facts is what expressions may say of the attachments that the state holds whole.
func Facts(st state.State) map[addr.Address]schema.Staged {
	facts := make(map[addr.Address]schema.Staged, len(st.Attachments))
	for _, a := range st.Attachments {
		var s schema.Staged
		if a.Drive.Whole() {
			s.DriveID = a.Drive.ID
		}
		if d := a.DingTalk; d != nil && len(d.Files) >= d.Count {
			dentries := make([]dingtalk.Dentry, len(d.Files))
			for i, f := range d.Files {
				s.Files = append(s.Files, f.StagedFile)
				dentries[i] = dingtalk.Dentry{ID: f.ID, SpaceID: f.SpaceID, Name: f.Name, Size: f.Size,
					Extension: f.Extension}
			}
			s.FormValue = dingtalk.FormValue(dentries)
		}
		facts[a.Address] = s
	}
	return facts
}

// Unstaged takes out of facts what a plan's attachments will only have once they are staged.
func Unstaged(facts *schema.Facts, coming []plans.AttachmentChange) {
	for _, c := range coming {
		have, ok := facts.Attachments[c.Address]
		if !ok {
			continue
		}
		if c.Action == plans.Forget {
			delete(facts.Attachments, c.Address)
			continue
		}
		if c.Drive {
			have.DriveID = 0
		}
		if len(c.DingTalk) > 0 {
			have.FormValue, have.Files = "", nil
		}
		facts.Attachments[c.Address] = have
	}
}
