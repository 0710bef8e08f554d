package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// commitRequest is the body of files/commit.
type commitRequest struct {
	UploadKey         string `json:"uploadKey"`
	Name              string `json:"name"`
	ParentID          string `json:"parentId"`
	OverwriteDentryID string `json:"overwriteDentryId"`
	Option            struct {
		Size             *int64        `json:"size"`
		ConflictStrategy string        `json:"conflictStrategy"`
		AppProperties    []appProperty `json:"appProperties"`
	} `json:"option"`
}

var conflictStrategies = []string{"AUTO_RENAME", "OVERWRITE", "RETURN_DENTRY_IF_EXISTS", "RETURN_ERROR_IF_EXISTS"}

// dingtalkCommit answers files/commit: what was uploaded becomes a file of the space. The upload's key is used up by
// that, not by a refusal. DingTalk's own table of errors is not known: these are the codes of its family.
func dingtalkCommit(c *dingtalkCall) (any, error) {
	var ask commitRequest
	u, err := c.askToUpload(&ask)
	if err != nil {
		return nil, err
	}
	name, err := c.fileName(ask.Name)
	if err != nil {
		return nil, err
	}
	parent, err := c.folder(ask.ParentID)
	if err != nil {
		return nil, err
	}
	properties, err := c.checkCommit(ask)
	if err != nil {
		return nil, err
	}
	object := objectOf(ask.UploadKey)
	pieces, err := c.uploaded(object, u, ask.Option.Size)
	if err != nil {
		return nil, err
	}

	taken, clash, err := c.tx.dentryNamed(parent, name)
	if err != nil {
		return nil, err
	}
	strategy := cmp.Or(ask.Option.ConflictStrategy, conflictStrategies[0])
	var record dentryRecord
	switch {
	case clash && strategy == "RETURN_ERROR_IF_EXISTS":
		return nil, dingtalkRefuse(http.StatusBadRequest, "dentryAlreadyExists", "文件已存在: %s", name)
	case clash && strategy == "RETURN_DENTRY_IF_EXISTS":
		c.forget(pieces)
		return dentryAnswer{taken.Dentry}, c.tx.delete(dingtalkUploads, []byte(object))
	case clash && strategy == "OVERWRITE":
		record = c.rewritten(taken, u, pieces)
		c.forget(taken.Pieces)
	default:
		if name, err = c.tx.freeName(parent, name); err != nil {
			return nil, err
		}
		if record, err = c.made(name, u, pieces); err != nil {
			return nil, err
		}
	}
	if len(properties) > 0 {
		record.Dentry.AppProperties = map[string][]appProperty{strconv.Itoa(dingtalkAgent): properties}
	}
	if err := c.tx.putDentry(parent, record); err != nil {
		return nil, err
	}
	return dentryAnswer{record.Dentry}, c.tx.delete(dingtalkUploads, []byte(object))
}

// checkCommit holds the option against its table.
func (c *dingtalkCall) checkCommit(ask commitRequest) ([]appProperty, error) {
	if ask.OverwriteDentryID != "" { // in the vendor's client, and explained nowhere
		return nil, c.invalid("overwriteDentryId", "沙箱不支持")
	}
	if s := ask.Option.ConflictStrategy; s != "" && !slices.Contains(conflictStrategies, s) {
		return nil, c.invalid("conflictStrategy", "只能是%s", strings.Join(conflictStrategies, "、"))
	}
	properties := ask.Option.AppProperties
	if len(properties) > 3 {
		return nil, c.invalid("appProperties", "最多3个")
	}
	for i := range properties {
		p := &properties[i]
		p.Visibility = cmp.Or(p.Visibility, "PRIVATE")
		if p.Name == "" || p.Value == "" || p.Visibility != "PRIVATE" && p.Visibility != "PUBLIC" {
			return nil, c.invalid("appProperties", "name和value不能为空, visibility只能是PUBLIC或PRIVATE")
		}
	}
	return properties, nil
}

// uploaded is what was sent under a key, whole and as it was said to be.
func (c *dingtalkCall) uploaded(object string, u dingtalkUser, size *int64) ([]piece, error) {
	var up ossUpload
	if known, err := c.tx.get(dingtalkUploads, []byte(object), &up); err != nil {
		return nil, err
	} else if !known || up.UnionID != u.UnionID || c.now.Unix() >= up.Made+int64(dingtalkUploadLife/time.Second) {
		return nil, c.invalid("uploadKey", "不存在、已使用或已过期")
	}
	if len(up.Pieces) == 0 {
		return nil, c.invalid("uploadKey", "文件还没有上传")
	}
	pieces := make([]piece, len(up.Pieces))
	for i := range pieces {
		p, sent := up.Pieces[i+1]
		if !sent {
			return nil, c.invalid("uploadKey", "缺少分片%d", i+1)
		}
		if i < len(pieces)-1 && p.Size < dingtalkMinPart {
			return nil, c.invalid("uploadKey", "分片%d小于%d字节", i+1, dingtalkMinPart)
		}
		pieces[i] = p
	}
	if size != nil && *size != sizeOf(pieces) {
		return nil, c.invalid("size", "实际为%d字节", sizeOf(pieces))
	}
	if up.Check.MD5 != "" {
		sum, err := c.box.uploads.md5(pieces)
		if err != nil {
			return nil, err
		}
		if sum != up.Check.MD5 {
			return nil, c.invalid("md5", "实际为%s", sum)
		}
	}
	return pieces, nil
}

// made is a new file.
func (c *dingtalkCall) made(name string, u dingtalkUser, pieces []piece) (dentryRecord, error) {
	id, err := c.tx.next(dingtalkFiles)
	if err != nil {
		return dentryRecord{}, err
	}
	moment, extension := c.now.UTC().Format(time.RFC3339), extensionOf(name)
	return dentryRecord{Pieces: pieces, Dentry: dentry{
		ID: strconv.FormatInt(dingtalkFirstFile+id, 10), SpaceID: strconv.Itoa(dingtalkSpace), ParentID: "0", Type: "FILE",
		Name: name, Size: sizeOf(pieces), Path: "/" + name, Version: 1, Status: "NORMAL", Extension: extension,
		CreatorID: u.UnionID, ModifierID: u.UnionID, CreateTime: moment, ModifiedTime: moment,
		AppProperties: map[string][]appProperty{}, UUID: strings.ReplaceAll(uuid.NewString(), "-", ""),
		PartitionType: "PUBLIC_OSS_PARTITION", StorageDriver: "DINGTALK", Category: categoryOf(extension),
	}}, nil
}

// rewritten is a file with one more version.
func (c *dingtalkCall) rewritten(r dentryRecord, u dingtalkUser, pieces []piece) dentryRecord {
	r.Pieces = pieces
	r.Dentry.Size = sizeOf(pieces)
	r.Dentry.Version++
	r.Dentry.ModifierID, r.Dentry.ModifiedTime = u.UnionID, c.now.UTC().Format(time.RFC3339)
	return r
}

// forget deletes pieces once the answer stands.
func (c *dingtalkCall) forget(pieces []piece) {
	c.committed = append(c.committed, func() { c.box.uploads.remove(pieces) })
}

// freeName is the name itself, or the first of name(1).ext, name(2).ext that nothing in the folder has.
func (t txn) freeName(parent int64, name string) (string, error) {
	extension := path.Ext(name)
	base := strings.TrimSuffix(name, extension)
	for n := 1; ; n++ {
		taken, err := t.raw(dingtalkNames, append(key(parent), name...))
		if err != nil || taken == nil {
			return name, err
		}
		name = fmt.Sprintf("%s(%d)%s", base, n, extension)
	}
}
