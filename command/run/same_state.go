package run

import (
	"maps"
	"reflect"
	"slices"

	"countersign/schema"
	"countersign/state"
)

// SameState reports whether two states say the same of templates, attachments and outputs, and of the same drive, so
// that writing the second would only raise the serial. No list and an empty one are the same; of which drive nothing
// is, does not matter.
func SameState(a, b state.State) bool {
	return (a.Drive == b.Drive || len(b.Bindings)+len(b.Attachments) == 0) &&
		slices.EqualFunc(a.Bindings, b.Bindings, sameBinding) &&
		slices.EqualFunc(a.Attachments, b.Attachments, sameAttachment) &&
		maps.EqualFunc(a.Outputs, b.Outputs, func(x, y state.Output) bool { return reflect.DeepEqual(x, y) })
}

func sameBinding(a, b state.Binding) bool {
	return a.Address == b.Address && a.ID == b.ID && a.ScopeID == b.ScopeID && a.Scope == b.Scope &&
		a.ScopeKind == b.ScopeKind &&
		a.ScopePath == b.ScopePath && a.PreventDestroy == b.PreventDestroy && slices.Equal(a.Sets, b.Sets) &&
		sameRecord(a.Recorded, b.Recorded) && slices.EqualFunc(a.Deposed, b.Deposed, sameDeposed)
}

func sameDeposed(a, b state.Deposed) bool {
	return a.ID == b.ID && a.ScopeID == b.ScopeID && sameRecord(a.Recorded, b.Recorded)
}

// sameRecord compares names of people too, which two templates that mean the same may differ in.
func sameRecord(a, b schema.Template) bool {
	return a.Equal(b) && slices.Equal(a.CC, b.CC) &&
		slices.EqualFunc(a.Steps, b.Steps, func(x, y schema.Step) bool {
			return slices.Equal(x.Approvers,
				y.Approvers)
		})
}

func sameAttachment(a, b state.Attachment) bool {
	return a.Address == b.Address && sameDrive(a.Drive, b.Drive) && sameDingTalk(a.DingTalk, b.DingTalk)
}

func sameDrive(a, b *state.StagedDrive) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Digest == b.Digest && a.ID == b.ID && a.Upload == b.Upload && a.Count == b.Count &&
		slices.EqualFunc(a.Files, b.Files, func(x, y schema.SourceFile) bool {
			return x.Name == y.Name && x.Size == y.Size && x.SHA256 == y.SHA256 // where it was read is in no state
		})
}

func sameDingTalk(a, b *state.StagedDingTalk) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Digest == b.Digest && a.Count == b.Count && a.FolderID == b.FolderID && a.UnionID == b.UnionID &&
		slices.EqualFunc(a.Files, b.Files, func(x, y state.DingTalkFile) bool {
			return x.StagedFile == y.StagedFile && x.SHA256 == y.SHA256 && slices.Equal(x.Previews, y.Previews) &&
				slices.Equal(x.Links, y.Links)
		})
}
