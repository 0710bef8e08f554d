package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/providers/route"
	"countersign/providers/yomicloud"
	"countersign/schema"
	"countersign/view"
)

type approvalDownloadFlags struct {
	driveFlags
	out string
}

func downloadCommand() *cli.Command {
	f := &approvalDownloadFlags{out: ".",
		driveFlags: driveFlags{failed: "The files could not be downloaded", words: [2]int{1, 1}}}
	return &cli.Command{
		Name: "download", ArgsUsage: "ID [PATH]",
		Action: f.action(nil, f.download),
		Usage:  "Download the files of an approval: one as it is, several as a zip archive",
		Description: `Overwrites nothing.

Example:
  countersign approval download 2 -out=handbook.pdf`,
		Flags: slices.Concat([]cli.Flag{cmdline.Text(&f.out, "out", "write to this `PATH`: a file, or a folder")},
			f.connectionFlags()),
	}
}

// download writes the files of an approval here: one as it is, several as a zip archive.
func (f *approvalDownloadFlags) download(ctx context.Context, d *DriveRun) error {
	id, a, err := d.approval(ctx)
	if err != nil {
		return err
	}
	if a.Attachment == nil {
		return fault.New("There is nothing to download", "Approval %d (%s) was raised without files.", id, a.Title)
	}
	path, size, err := d.download(ctx, *a.Attachment, f.out, fmt.Sprintf("approval-%d", id))
	if err != nil {
		return err
	}
	if !d.JSON {
		_, err = fmt.Fprintf(d.Out, "%s, %d bytes.\n", path, size)
		return err
	}
	doc, err := view.CompactJSON(map[string]any{"format_version": "1.0", "approval": id, "path": path, "size": size,
		"zip": a.Attachment.Multiple})
	if err != nil {
		return err
	}
	return d.Document(doc)
}

// download writes an attachment to a file, or into a folder under the name that the drive gives it, made safe. Nothing
// that is there is overwritten, and half a file is left nowhere.
func (d *DriveRun) download(ctx context.Context, info schema.AttachmentInfo, out, fallback string) (path string,
	size int64, err error) {
	dir, file := where(out)
	if file != "" {
		if err := free(filepath.Join(dir, file)); err != nil {
			return "", 0, err
		}
	}
	part, err := os.CreateTemp(dir, ".countersign-*.part")
	if err != nil {
		return "", 0, fault.New("The files cannot be written", "%v", err)
	}
	defer os.Remove(part.Name())
	defer part.Close()

	fetch := d.Client.DownloadAttachment
	if info.Multiple {
		fetch, fallback = d.Client.DownloadZip, fallback+".zip"
	}
	got, err := fetch(ctx, yomicloud.FileDownload{ID: info.ID, Size: info.Size, To: part})
	if err == nil {
		err = part.Close()
	}
	if err != nil {
		return "", 0, err
	}
	switch {
	case file != "":
	case got.Name != "":
		file = got.Name // made safe by the client
	case info.Name != "" && !info.Multiple:
		file = route.SafeName(info.Name)
	default:
		file = fallback
	}
	path = filepath.Join(dir, file)
	if err := moveInto(part.Name(), path); err != nil {
		return "", 0, err
	}
	return path, got.Size, nil
}

// where parts -out into a folder and the name of a file in it; "" is a name that is not known yet.
func where(out string) (dir, file string) {
	if info, err := os.Stat(out); out == "" || err == nil && info.IsDir() ||
		strings.HasSuffix(out, string(filepath.Separator)) {
		return filepath.Clean(out), ""
	}
	return filepath.Split(filepath.Clean(out))
}

// free is an error for a path that something has already.
func free(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fault.New("The file is there already", "%s is not overwritten. Choose another place with -out.", path)
	}
	return nil
}

// moveInto gives a file its name, unless that is taken.
func moveInto(from, to string) error {
	err := os.Link(from, to)
	switch {
	case errors.Is(err, fs.ErrExist):
		return free(to)
	case err == nil:
		return os.Chmod(to, 0o600)
	}
	if err := free(to); err != nil { // a file system without links
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return fault.New("The files cannot be written", "%v", err)
	}
	return nil
}
