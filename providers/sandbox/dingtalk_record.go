package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
)

// DingTalkRecord is what clients have left in DingTalk, each list in the order in which it came about (instances by id).
// DingTalk itself has no interface that tells of previews and messages.
type DingTalkRecord struct {
	Files     []DingTalkFile
	Instances []DingTalkInstance
	Previews  []DingTalkPreview
	Links     []DingTalkLink
}

// DingTalkFile is a file in the space of approvals' attachments.
type DingTalkFile struct {
	ID, Name string
	Size     int64
	Version  int64
}

// DingTalk tells what clients have left in DingTalk.
func (s *Sandbox) DingTalk() (DingTalkRecord, error) {
	var all DingTalkRecord
	err := s.transact(false, func(t txn) error {
		err := each(t, dingtalkFiles, func(_ []byte, r dentryRecord) error {
			all.Files = append(all.Files, DingTalkFile{r.Dentry.ID, r.Dentry.Name, r.Dentry.Size, r.Dentry.Version})
			return nil
		})
		if err == nil {
			err = each(t, dingtalkInstances, func(_ []byte, v DingTalkInstance) error { all.Instances = append(all.Instances, v); return nil })
		}
		if err == nil {
			err = each(t, dingtalkPreviews, func(_ []byte, v DingTalkPreview) error { all.Previews = append(all.Previews, v); return nil })
		}
		if err == nil {
			err = each(t, dingtalkLinks, func(_ []byte, v DingTalkLink) error { all.Links = append(all.Links, v); return nil })
		}
		return err
	})
	if err != nil {
		return DingTalkRecord{}, fmt.Errorf("read what is in the sandbox's DingTalk: %w", err)
	}
	return all, nil
}

// OpenDingTalkFile reads the bytes of a file in the space of approvals' attachments, which DingTalk gives to nobody but
// people who preview it.
func (s *Sandbox) OpenDingTalkFile(id string) (io.ReadCloser, error) {
	var found dentryRecord
	err := s.transact(false, func(t txn) error {
		record, known, err := t.dentry(id)
		if err == nil && !known {
			err = dingtalkRefuse(400, "dentryNotExist", "文件不存在")
		}
		found = record
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open file %s of the sandbox's DingTalk: %w", id, err)
	}
	return s.uploads.open(found.Pieces), nil
}

// each reads a whole bucket.
func each[V any](t txn, bucket string, do func(k []byte, v V) error) error {
	return t.bolt.Bucket([]byte(bucket)).ForEach(func(k, sealed []byte) error {
		record, err := unseal(bucket, k, sealed)
		if err != nil {
			return err
		}
		var v V
		if err := json.Unmarshal(record, &v); err != nil {
			return fmt.Errorf("record %s/%x is damaged: %w", bucket, k, err)
		}
		return do(k, v)
	})
}
