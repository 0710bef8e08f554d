package dingtalk

import (
	"cmp"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/providers/sandbox/store"

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

// commit answers files/commit: what was uploaded becomes a file of the space. That uses the upload's key up; a refusal
// does not. DingTalk's own table of errors for this interface is not known: these are the codes of its family.
func commit(c *call) (any, error) {
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

	taken, clash := c.tx.dentryNamed(parent, name)
	strategy := cmp.Or(ask.Option.ConflictStrategy, conflictStrategies[0])
	var record StoredFile
	switch {
	case clash && strategy == "RETURN_ERROR_IF_EXISTS":
		return nil, refuse(http.StatusBadRequest, "dentryAlreadyExists", "文件已存在: %s", name)
	case clash && strategy == "RETURN_DENTRY_IF_EXISTS":
		c.removeOnSuccess(pieces)
		c.tx.Delete(uploadsBucket, []byte(object))
		return dentryAnswer{taken.Dentry}, nil
	case clash && strategy == "OVERWRITE":
		record = c.newVersion(taken, u, pieces)
		c.removeOnSuccess(taken.Pieces)
	default:
		record = c.newFile(c.tx.freeName(parent, name), u, pieces)
	}
	if len(properties) > 0 {
		record.Dentry.AppProperties = map[string][]appProperty{strconv.FormatInt(Known.AgentID, 10): properties}
	}
	c.tx.putDentry(parent, record)
	c.tx.Delete(uploadsBucket, []byte(object))
	return dentryAnswer{record.Dentry}, nil
}

// checkCommit checks the option against the document's table.
func (c *call) checkCommit(ask commitRequest) ([]appProperty, error) {
	if ask.OverwriteDentryID != "" { // it is in the vendor's client, but no document explains it
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

// uploaded returns what was sent under a key, if it is complete and has the size and MD5 that were announced.
func (c *call) uploaded(object string, u user, size *int64) ([]piece, error) {
	var up upload
	if !c.tx.Get(uploadsBucket, []byte(object), &up) || up.UnionID != u.UnionID ||
		c.now.Unix() >= up.Made+int64(uploadLife/time.Second) {
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
		if i < len(pieces)-1 && p.Size < minPart {
			return nil, c.invalid("uploadKey", "分片%d小于%d字节", i+1, minPart)
		}
		pieces[i] = p
	}
	if size != nil && *size != sizeOf(pieces) {
		return nil, c.invalid("size", "实际为%d字节", sizeOf(pieces))
	}
	if up.Check.MD5 != "" {
		sum, err := c.server.uploads.md5(pieces)
		if err != nil {
			return nil, err
		}
		if sum != up.Check.MD5 {
			return nil, c.invalid("md5", "实际为%s", sum)
		}
	}
	return pieces, nil
}

func (c *call) newFile(name string, u user, pieces []piece) StoredFile {
	id := c.tx.Next(FilesBucket)
	moment, extension := c.now.UTC().Format(time.RFC3339), extensionOf(name)
	return StoredFile{Pieces: pieces, Dentry: dentry{
		Basics: Basics{
			ID: strconv.FormatInt(firstFile+id, 10), SpaceID: strconv.Itoa(spaceID), ParentID: "0", Type: "FILE",
			Name: name, Size: sizeOf(pieces), Path: "/" + name, Version: 1, Status: "NORMAL", Extension: extension,
			CreatorID: u.UnionID, ModifierID: u.UnionID, CreateTime: moment, ModifiedTime: moment,
			UUID: strings.ReplaceAll(uuid.NewString(), "-", ""),
		},
		AppProperties: map[string][]appProperty{},
		PartitionType: "PUBLIC_OSS_PARTITION", StorageDriver: "DINGTALK", Category: categoryOf(extension),
	}}
}

func (c *call) newVersion(r StoredFile, u user, pieces []piece) StoredFile {
	r.Pieces = pieces
	r.Dentry.Size = sizeOf(pieces)
	r.Dentry.Version++
	r.Dentry.ModifierID, r.Dentry.ModifiedTime = u.UnionID, c.now.UTC().Format(time.RFC3339)
	return r
}

// removeOnSuccess deletes pieces once the answer stands.
func (c *call) removeOnSuccess(pieces []piece) {
	c.committed = append(c.committed, func() { c.server.uploads.remove(pieces) })
}

// freeName is the name itself, or the first of name(1).ext, name(2).ext that nothing in the folder has.
func (t tx) freeName(parent int64, name string) string {
	extension := path.Ext(name)
	base := strings.TrimSuffix(name, extension)
	for n := 1; t.Has(namesBucket, store.NameKey(parent, name)); n++ {
		name = fmt.Sprintf("%s(%d)%s", base, n, extension)
	}
	return name
}
