package sandboxtest

import (
	"fmt"
	"io"
	"strconv"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/dingtalk"
	"countersign/providers/sandbox/store"
)

// DingTalkRecord is what clients have left in DingTalk, each list in the order in which it came about (instances by
// id). DingTalk itself has no interface that tells of previews and messages.
type DingTalkRecord struct {
	Files     []DingTalkFile
	Instances []dingtalk.Instance
	Previews  []dingtalk.Preview
	Links     []dingtalk.Link
}

// DingTalkFile is a file in the space of approvals' attachments.
type DingTalkFile struct {
	ID, Name string
	Size     int64
	Version  int64
}

// DingTalk tells what clients have left in DingTalk.
func DingTalk(box *sandbox.Sandbox) (DingTalkRecord, error) {
	var all DingTalkRecord
	err := box.Shared().Store.Read(func(t store.Tx) error {
		err := store.Each(t, dingtalk.FilesBucket, func(_ []byte, f dingtalk.StoredFile) error {
			all.Files = append(all.Files, DingTalkFile{f.Dentry.ID, f.Dentry.Name, f.Dentry.Size, f.Dentry.Version})
			return nil
		})
		if err == nil {
			err = appendAll(t, dingtalk.InstancesBucket, &all.Instances)
		}
		if err == nil {
			err = appendAll(t, dingtalk.PreviewsBucket, &all.Previews)
		}
		if err == nil {
			err = appendAll(t, dingtalk.LinksBucket, &all.Links)
		}
		return err
	})
	if err != nil {
		return DingTalkRecord{}, fmt.Errorf("read what is in the sandbox's DingTalk: %w", err)
	}
	return all, nil
}

func appendAll[V any](t store.Tx, bucket string, to *[]V) error {
	return store.Each(t, bucket, func(_ []byte, v V) error { *to = append(*to, v); return nil })
}

// OpenDingTalkFile reads the bytes of a file in the space of approvals' attachments, which DingTalk gives to nobody but
// people who preview it.
func OpenDingTalkFile(box *sandbox.Sandbox, id string) (io.ReadCloser, error) {
	var found dingtalk.StoredFile
	n, err := strconv.ParseInt(id, 10, 64)
	if err == nil {
		err = box.Shared().Store.Read(func(t store.Tx) error {
			known, err := t.Get(dingtalk.FilesBucket, store.Key(n), &found)
			if err == nil && !known {
				err = fmt.Errorf("no such file")
			}
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s of the sandbox's DingTalk: %w", id, err)
	}
	return dingtalk.UploadsIn(box.Shared().Store).OpenPieces(found.Pieces), nil
}
