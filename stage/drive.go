package stage

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"

	"countersign/providers/route"
	"countersign/providers/yomicloud"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/schema/spelling"
)

// Drive stages attachments on the drive.
type Drive struct{ Client *yomicloud.Client }

// StageFile makes an attachment of one file.
func (d Drive) StageFile(ctx context.Context, f schema.SourceFile, progress func(sent int64)) (int64, error) {
	return d.upload(ctx, f, nil, progress)
}

// StageFolder makes an attachment for several files.
func (d Drive) StageFolder(ctx context.Context, folders []string) (int64, string, error) {
	root, err := d.Client.CreateAttachment(ctx, folders)
	return root.ID, root.Upload, err
}

// Folders are the folders that files are in, each once.
func Folders(files []schema.SourceFile) []string {
	var all []string
	for _, f := range files {
		if dir := path.Dir(f.Name); dir != "." {
			all = append(all, dir)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// StageMember puts a file into an attachment of several. After a lost answer, it looks into the attachment's list; so
// it does after a refusal, because what an interrupted run sent may have arrived meanwhile.
func (d Drive) StageMember(ctx context.Context, root int64, upload string, f schema.SourceFile,
	progress func(sent int64)) error {
	_, err := d.upload(ctx, f, &yomicloud.AttachmentRoot{ID: root, Upload: upload}, progress)
	var failed *route.Error
	if err != nil && (write.OutcomeUnknown(err) || errors.As(err, &failed) && failed.Refused()) {
		if there, err := d.HasMember(ctx, root, f); err == nil && there {
			return nil
		}
	}
	return err
}

// HasMember looks for a file by its place and size.
func (d Drive) HasMember(ctx context.Context, root int64, f schema.SourceFile) (bool, error) {
	files, err := d.Client.AttachmentTree(ctx, root)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(files, func(have schema.AttachmentFile) bool {
		return !have.Folder && spelling.Same(have.Path, f.Name) && (have.Size == f.Size || have.Size < 0)
	}), nil
}

func (d Drive) upload(ctx context.Context, f schema.SourceFile, into *yomicloud.AttachmentRoot,
	progress func(int64)) (int64, error) {
	u := yomicloud.FileUpload{Name: path.Base(f.Name), Size: f.Size, Into: into, Progress: progress,
		Open: func() (io.ReadCloser, error) { return OpenSource(f) }}
	if folder := path.Dir(f.Name); into != nil && folder != "." {
		u.Folder = folder
	}
	return d.Client.Upload(ctx, u)
}
