package state

import (
	"maps"
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// foldedAttachments are attachments while a journal is folded into them. One is copied when the first record of it
// comes.
type foldedAttachments struct {
	list   []Attachment
	at     map[addr.Address]int // places in list
	opened map[addr.Address]*foldedAttachment
}

type foldedAttachment struct {
	Attachment
	onDrive    map[string]schema.SourceFile // by name: there may be as many records as files
	inDingTalk map[string]DingTalkFile      // by source
}

func foldAttachments(list []Attachment) *foldedAttachments {
	f := &foldedAttachments{slices.Clone(list), make(map[addr.Address]int, len(list)),
		map[addr.Address]*foldedAttachment{}}
	for i, a := range f.list {
		f.at[a.Address] = i
	}
	return f
}

// stage changes an attachment by a stage that was done.
func (f *foldedAttachments) stage(in Intent, out Staged) {
	a := f.opened[in.Address]
	if a == nil {
		i, there := f.at[in.Address]
		if !there {
			i = len(f.list)
			f.at[in.Address] = i
			f.list = append(f.list, Attachment{Address: in.Address})
		}
		a = &foldedAttachment{f.list[i], map[string]schema.SourceFile{}, map[string]DingTalkFile{}}
		if d := a.Drive; d != nil {
			for _, file := range d.Files {
				a.onDrive[file.Name] = file
			}
		}
		if d := a.DingTalk; d != nil {
			for _, file := range d.Files {
				a.inDingTalk[file.Source] = file
			}
		}
		f.opened[in.Address] = a
	}
	a.stage(*in.Stage, out)
}

// done returns all attachments.
func (f *foldedAttachments) done() []Attachment {
	for address, a := range f.opened {
		if a.Drive != nil {
			d := *a.Drive
			d.Files = inOrder(a.onDrive)
			a.Drive = &d
		}
		if a.DingTalk != nil {
			d := *a.DingTalk
			d.Files = inOrder(a.inDingTalk)
			a.DingTalk = &d
		}
		f.list[f.at[address]] = a.Attachment
	}
	return sortedAttachments(f.list)
}

// stage changes an attachment but for its lists of files, which are kept apart.
func (a *foldedAttachment) stage(in Stage, out Staged) {
	switch in.Part {
	case StageDriveFile:
		a.Drive = &StagedDrive{Digest: in.Digest, ID: out.ID, Count: 1}
		a.onDrive = map[string]schema.SourceFile{in.File.Name: *in.File}
	case StageDriveFolder:
		a.Drive = &StagedDrive{Digest: in.Digest, ID: out.ID, Upload: out.Upload, Count: in.Count}
		a.onDrive = map[string]schema.SourceFile{}
	case StageDriveMember:
		if a.Drive != nil && a.Drive.ID == in.Root {
			a.onDrive[in.File.Name] = *in.File
		}
	case StageDingTalk:
		if a.DingTalk == nil || a.DingTalk.FolderID != in.FolderID {
			a.inDingTalk = map[string]DingTalkFile{}
		}
		a.DingTalk = &StagedDingTalk{Digest: in.Digest, Count: in.Count, FolderID: in.FolderID, UnionID: in.UnionID}
		if out.File != nil {
			a.inDingTalk[out.File.Source] = DingTalkFile{StagedFile: *out.File, SHA256: in.File.SHA256}
		}
	case StagePreview:
		for name, f := range a.inDingTalk {
			if !slices.Contains(f.Previews, *in.Preview) {
				f.Previews = append(slices.Clone(f.Previews), *in.Preview)
				a.inDingTalk[name] = f
			}
		}
	case StageLink:
		if f, there := a.inDingTalk[in.File.Name]; there && !slices.Contains(f.Links, in.Conversation) {
			f.Links = append(slices.Clone(f.Links), in.Conversation)
			a.inDingTalk[in.File.Name] = f
		}
	}
}

// inOrder are files in the order of their names.
func inOrder[T any](files map[string]T) []T {
	list := make([]T, 0, len(files))
	for _, name := range slices.SortedFunc(maps.Keys(files), addr.CompareText) {
		list = append(list, files[name])
	}
	return list
}
