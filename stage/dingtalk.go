package stage

import (
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path"

	"countersign/confine"
	"countersign/providers/dingtalk"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/state"
)

// DingTalk stages attachments in DingTalk.
type DingTalk struct {
	client *dingtalk.Client
	known  map[string]bool // ids of files that the state knows already: an interrupted run cannot have made those
}

// NewDingTalk stages in DingTalk by that client, for a configuration with that state.
func NewDingTalk(client *dingtalk.Client, st state.State) DingTalk {
	known := map[string]bool{}
	for _, a := range st.Attachments {
		if a.DingTalk != nil {
			for _, f := range a.DingTalk.Files {
				known[f.ID] = true
			}
		}
	}
	return DingTalk{client, known}
}

// Stage puts a file into the approval space.
func (c DingTalk) Stage(ctx context.Context, t schema.DingTalkTarget, f schema.SourceFile,
	progress func(sent int64)) (schema.StagedFile, error) {
	seen, err := look(f)
	if err != nil {
		return schema.StagedFile{}, write.NotSent(err)
	}
	d, err := c.client.Stage(ctx, dingtalk.Upload{
		UserID: t.UserID, UnionID: t.UnionID, ParentID: t.FolderID, Name: path.Base(f.Name), Size: f.Size,
		MD5:        seen.md5,
		OnConflict: t.OnConflict, Open: seen.open, Progress: progress,
	})
	return stagedFile(f, d), err
}

// Look finds what an interrupted run has staged: a file of the name and size, put there by the same person, that the
// state does not know. With overwrite and reuse nothing is looked for: doing it again leaves what doing it once does.
func (c DingTalk) Look(ctx context.Context, t schema.DingTalkTarget, f schema.SourceFile) (*schema.StagedFile, error) {
	if t.OnConflict == schema.ConflictOverwrite || t.OnConflict == schema.ConflictReuse {
		return nil, nil
	}
	space, err := c.client.Space(ctx, t.UserID)
	if err != nil {
		return nil, err
	}
	found, err := c.client.Find(ctx, dingtalk.Search{SpaceID: space, UnionID: t.UnionID, ParentID: t.FolderID,
		Name: path.Base(f.Name), Renamed: t.OnConflict != schema.ConflictFail})
	if err != nil {
		return nil, err
	}
	for _, d := range found { // the last written first
		by := cmp.Or(d.ModifierID, d.CreatorID, t.UnionID)
		if d.Size == f.Size && by == t.UnionID && !c.known[d.ID] {
			staged := stagedFile(f, d)
			return &staged, nil
		}
	}
	return nil, nil
}

// Preview lets a person look at files of an approval, once.
func (c DingTalk) Preview(ctx context.Context, p schema.Preview, files []schema.StagedFile) error {
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	return c.client.GrantPreview(ctx, dingtalk.Preview{UserID: p.UserID, InstanceID: p.ProcessInstanceID, FileIDs: ids})
}

// Link posts a link to a file into a conversation.
func (c DingTalk) Link(ctx context.Context, unionID, conversation string, f schema.StagedFile) error {
	return c.client.SendLink(ctx, dingtalk.Link{UnionID: unionID, SpaceID: f.SpaceID, DentryID: f.ID,
		ConversationID: conversation})
}

func stagedFile(f schema.SourceFile, d dingtalk.Dentry) schema.StagedFile {
	return schema.StagedFile{Source: f.Name, SpaceID: d.SpaceID, ID: d.ID, Name: d.Name, Size: d.Size,
		Extension: d.Extension}
}

// seenFile is a file that was read to its end and found to be the one that the plan saw.
type seenFile struct {
	of   schema.SourceFile
	info os.FileInfo
	md5  string // lower-case hex
}

// look reads a file once, for the hash that it must have and the one that DingTalk wants to know.
func look(f schema.SourceFile) (seenFile, error) {
	file, err := confine.OpenIn(f.Folder, f.Path)
	if err != nil {
		return seenFile{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return seenFile{}, err
	}
	known, wanted := sha256.New(), md5.New()
	n, err := io.Copy(io.MultiWriter(known, wanted), io.LimitReader(file, f.Size+1))
	switch {
	case err != nil:
		return seenFile{}, err
	case n != f.Size || hex.EncodeToString(known.Sum(nil)) != f.SHA256:
		return seenFile{}, changed(f)
	}
	return seenFile{f, info, hex.EncodeToString(wanted.Sum(nil))}, nil
}

// open opens the file for one try to send it. Read from its beginning it is hashed again on the way. A part of it
// cannot be; for that, it is checked that the file was not written to since it was read.
func (s seenFile) open() (io.ReadCloser, error) {
	whole, err := OpenSource(s.of)
	if err != nil {
		return nil, err
	}
	parts, err := confine.OpenIn(s.of.Folder, s.of.Path)
	if err != nil {
		whole.Close()
		return nil, err
	}
	info, err := parts.Stat()
	if err != nil || !os.SameFile(info, s.info) || !info.ModTime().Equal(s.info.ModTime()) || info.Size() != s.of.Size {
		whole.Close()
		parts.Close()
		return nil, changed(s.of)
	}
	return opened{whole, parts}, nil
}

// opened is a file as a whole, by Read, and in parts, by ReadAt.
type opened struct {
	whole io.ReadCloser
	parts *os.File
}

func (o opened) Read(p []byte) (int, error)             { return o.whole.Read(p) }
func (o opened) ReadAt(p []byte, at int64) (int, error) { return o.parts.ReadAt(p, at) }

func (o opened) Close() error {
	return cmp.Or(o.whole.Close(), o.parts.Close())
}
