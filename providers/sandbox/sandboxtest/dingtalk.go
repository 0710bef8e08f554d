package sandboxtest

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/dingtalk"
	"countersign/providers/sandbox/store"
)

// DingTalkRecord is what clients have left in DingTalk, each list in the order in which it came about (instances by
// id). DingTalk itself has no interface for previews and messages.
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

// DingTalk reads what clients have left in DingTalk.
func DingTalk(box *sandbox.Sandbox) (DingTalkRecord, error) {
	var all DingTalkRecord
	err := box.Shared().Store.Read(func(t store.Tx) error {
		for _, f := range store.All[dingtalk.StoredFile](t, dingtalk.FilesBucket) {
			all.Files = append(all.Files, DingTalkFile{f.Dentry.ID, f.Dentry.Name, f.Dentry.Size, f.Dentry.Version})
		}
		all.Instances = values[dingtalk.Instance](t, dingtalk.InstancesBucket)
		all.Previews = values[dingtalk.Preview](t, dingtalk.PreviewsBucket)
		all.Links = values[dingtalk.Link](t, dingtalk.LinksBucket)
		return nil
	})
	return all, err
}

func values[V any](t store.Tx, bucket string) (all []V) {
	for _, v := range store.All[V](t, bucket) {
		all = append(all, v)
	}
	return all
}

// OpenDingTalkFile reads the bytes of a file in the space of approvals' attachments, which DingTalk gives to nobody but
// people who preview it.
func OpenDingTalkFile(box *sandbox.Sandbox, id string) (io.ReadCloser, error) {
	var found dingtalk.StoredFile
	n, err := strconv.ParseInt(id, 10, 64)
	if err == nil {
		err = box.Shared().Store.Read(func(t store.Tx) error {
			if !t.Get(dingtalk.FilesBucket, store.Key(n), &found) {
				return errors.New("no such file")
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s of the sandbox's DingTalk: %w", id, err)
	}
	return dingtalk.UploadsIn(box.Shared().Store).OpenPieces(found.Pieces), nil
}
