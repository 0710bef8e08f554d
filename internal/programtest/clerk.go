package programtest

import (
	"archive/zip"
	"fmt"
	"io"
	"os"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/sandboxtest"
)

// clerk prints what clients have left in the DingTalk of an embedded sandbox; DingTalk has no interface for that:
//
//	clerk DATABASE
//
// A line for each file with its content, each preview and each link.
func clerk() {
	if err := printDingTalk(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "clerk:", err)
		os.Exit(1)
	}
}

func printDingTalk(database string) error {
	box, err := sandbox.Open(sandbox.Options{Path: database})
	if err != nil {
		return err
	}
	defer box.Close()
	record, err := sandboxtest.DingTalk(box)
	if err != nil {
		return err
	}
	for _, f := range record.Files {
		from, err := sandboxtest.OpenDingTalkFile(box, f.ID)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(io.LimitReader(from, 20))
		from.Close()
		if err != nil {
			return err
		}
		fmt.Printf("file %s version %d %d bytes %q\n", f.Name, f.Version, f.Size, text)
	}
	for _, p := range record.Previews {
		fmt.Printf("preview of %s for %s in %s\n", p.FileID, p.UserID, p.Instance)
	}
	for _, l := range record.Links {
		fmt.Printf("link to %s in %s by %s\n", l.FileID, l.Conversation, l.UnionID)
	}
	return nil
}

// unpack unpacks an archive whose names are known to be harmless:
//
//	unpack ZIP DIR
func unpack() {
	archive, err := zip.OpenReader(os.Args[1])
	if err == nil {
		err = os.CopyFS(os.Args[2], archive)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "unpack:", err)
		os.Exit(1)
	}
}
