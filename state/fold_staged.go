package state

import (
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// foldedAttachments are attachments while a journal is folded into them. One is copied when the first record of it
// comes. Its files are found by name, for there may be as many records as files.
type foldedAttachments struct {
	list   []Attachment
	at     map[addr.Address]int // places in list
	opened map[addr.Address]*foldedAttachment
}

type foldedAttachment struct {
	Attachment
	onDrive    fileList[schema.SourceFile]
	inDingTalk fileList[DingTalkFile]
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
		a = &foldedAttachment{Attachment: f.list[i]}
		if d := a.Drive; d != nil {
			a.onDrive = listFiles(d.Files, driveName)
		}
		if d := a.DingTalk; d != nil {
			a.inDingTalk = listFiles(d.Files, dingTalkSource)
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
			d.Files = a.onDrive.sorted()
			a.Drive = &d
		}
		if a.DingTalk != nil {
			d := *a.DingTalk
			d.Files = a.inDingTalk.sorted()
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
		a.onDrive = listFiles([]schema.SourceFile{*in.File}, driveName)
	case StageDriveFolder:
		a.Drive = &StagedDrive{Digest: in.Digest, ID: out.ID, Upload: out.Upload, Count: in.Count}
		a.onDrive = listFiles([]schema.SourceFile{}, driveName)
	case StageDriveMember:
		if a.Drive != nil && a.Drive.ID == in.Root {
			a.onDrive.put(*in.File)
		}
	case StageDingTalk:
		if a.DingTalk == nil || a.DingTalk.FolderID != in.FolderID {
			a.inDingTalk = listFiles(nil, dingTalkSource)
		}
		a.DingTalk = &StagedDingTalk{Digest: in.Digest, Count: in.Count, FolderID: in.FolderID, UnionID: in.UnionID}
		if out.File != nil {
			a.inDingTalk.put(DingTalkFile{StagedFile: *out.File, SHA256: in.File.SHA256})
		}
	case StagePreview:
		for i := range a.inDingTalk.files {
			if f := &a.inDingTalk.files[i]; !slices.Contains(f.Previews, *in.Preview) {
				f.Previews = append(slices.Clone(f.Previews), *in.Preview)
			}
		}
	case StageLink:
		if f := a.inDingTalk.find(in.File.Name); f != nil && !slices.Contains(f.Links, in.Conversation) {
			f.Links = append(slices.Clone(f.Links), in.Conversation)
		}
	}
}

func driveName(f schema.SourceFile) string { return f.Name }
func dingTalkSource(f DingTalkFile) string { return f.Source }

// fileList is a list of files that are found by name.
type fileList[T any] struct {
	files []T
	name  func(T) string
	at    map[string]int
}

// listFiles copies a list of files.
func listFiles[T any](files []T, name func(T) string) fileList[T] {
	l := fileList[T]{slices.Clone(files), name, make(map[string]int, len(files))}
	for i, f := range files {
		l.at[name(f)] = i
	}
	return l
}

func (l *fileList[T]) find(name string) *T {
	if i, there := l.at[name]; there {
		return &l.files[i]
	}
	return nil
}

// put adds a file, in the place of the one of its name.
func (l *fileList[T]) put(f T) {
	if have := l.find(l.name(f)); have != nil {
		*have = f
		return
	}
	l.at[l.name(f)] = len(l.files)
	l.files = append(l.files, f)
}

// sorted returns the files in the order of their names.
func (l *fileList[T]) sorted() []T {
	slices.SortFunc(l.files, func(a, b T) int { return addr.CompareText(l.name(a), l.name(b)) })
	return l.files
}
