package dingtalk

import (
	"cmp"
	"encoding/base64"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/providers/sandbox/store"
)

// firstFile is one less than the first id that a file gets.
const firstFile = 222892787484

const pageSize = 50 // entries of one answer of a list, at most

// Basics are what all answers have of a file or folder.
type Basics struct {
	ID           string `json:"id"`
	SpaceID      string `json:"spaceId"`
	ParentID     string `json:"parentId"`
	Type         string `json:"type"`
	Name         string `json:"name"`
	Size         int64  `json:"size"`
	Path         string `json:"path"`
	Version      int64  `json:"version"`
	Status       string `json:"status"`
	Extension    string `json:"extension"`
	CreatorID    string `json:"creatorId"`
	ModifierID   string `json:"modifierId"`
	CreateTime   string `json:"createTime"`
	ModifiedTime string `json:"modifiedTime"`
	UUID         string `json:"uuid"`
}

// dentry is a file or folder of the space, as storage's answers carry it. It never has the optional thumbnail.
type dentry struct {
	Basics
	Properties    dentryProperties         `json:"properties"`
	AppProperties map[string][]appProperty `json:"appProperties"`
	PartitionType string                   `json:"partitionType"`
	StorageDriver string                   `json:"storageDriver"`
	Category      string                   `json:"category"`
}

type dentryProperties struct {
	ReadOnly bool `json:"readOnly"`
}

type appProperty struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	Visibility string `json:"visibility"`
}

// StoredFile is a dentry with where its bytes are.
type StoredFile struct {
	Dentry dentry
	Pieces []piece
}

type dentryAnswer struct {
	Dentry dentry `json:"dentry"`
}

// queryDentry answers dentries/{dentryId}/query.
func queryDentry(c *call) (any, error) {
	if _, err := c.operator(); err != nil {
		return nil, err
	}
	if err := c.space(c.path["spaceId"]); err != nil {
		return nil, err
	}
	record, known := c.tx.dentry(c.path["dentryId"])
	if !known {
		return nil, refuse(400, "dentryNotExist", "文件不存在")
	}
	return dentryAnswer{record.Dentry}, nil
}

// listDentries answers dentries: what lies in a folder, by pages.
func listDentries(c *call) (any, error) {
	if _, err := c.operator(); err != nil {
		return nil, err
	}
	if err := c.space(c.path["spaceId"]); err != nil {
		return nil, err
	}
	parent, err := c.folder(c.query.Get("parentId"))
	if err != nil {
		return nil, err
	}
	limit, err := strconv.Atoi(cmp.Or(c.query.Get("maxResults"), strconv.Itoa(pageSize)))
	if err != nil || limit < 1 || limit > pageSize {
		return nil, c.invalid("maxResults", "必须是1到%d", pageSize)
	}
	by, known := dentryOrders[cmp.Or(c.query.Get("orderBy"), "MODIFIED_TIME")]
	if !known {
		return nil, c.invalid("orderBy", "只能是MODIFIED_TIME、CREATE_TIME、NAME、SIZE")
	}
	order := cmp.Or(c.query.Get("order"), "DESC")
	if order != "ASC" && order != "DESC" {
		return nil, c.invalid("order", "只能是ASC、DESC")
	}
	from, err := readPage(c.query.Get("nextToken"))
	if err != nil {
		return nil, c.invalid("nextToken", "不是上次返回的nextToken")
	}
	found := c.tx.dentriesIn(parent)
	slices.SortStableFunc(found, func(a, b dentry) int { return cmp.Or(by(a, b), cmp.Compare(a.ID, b.ID)) })
	if order == "DESC" {
		slices.Reverse(found)
	}
	from = min(from, len(found))
	to := min(from+limit, len(found))
	answer := struct {
		Dentries  []dentry `json:"dentries"`
		NextToken string   `json:"nextToken,omitempty"`
	}{Dentries: append([]dentry{}, found[from:to]...)}
	if to < len(found) {
		answer.NextToken = writePage(to)
	}
	return answer, nil
}

var dentryOrders = map[string]func(a, b dentry) int{
	"MODIFIED_TIME": func(a, b dentry) int { return cmp.Compare(a.ModifiedTime, b.ModifiedTime) },
	"CREATE_TIME":   func(a, b dentry) int { return cmp.Compare(a.CreateTime, b.CreateTime) },
	"NAME":          func(a, b dentry) int { return cmp.Compare(a.Name, b.Name) },
	"SIZE":          func(a, b dentry) int { return cmp.Compare(a.Size, b.Size) },
}

func writePage(from int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("from " + strconv.Itoa(from)))
}

func readPage(token string) (int, error) {
	if token == "" {
		return 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, err
	}
	from, err := strconv.ParseUint(strings.TrimPrefix(string(text), "from "), 10, 31)
	return int(from), err
}

// folder is the dentry id of a folder of the space, 0 for its root, which is the only one that the sandbox has.
func (c *call) folder(id string) (int64, error) {
	if id != "0" {
		return 0, c.invalid("parentId", "文件夹不存在: %s", id)
	}
	return 0, nil
}

// fileName is a file's name as it will be kept: without blanks around it.
func (c *call) fileName(name string) (string, error) {
	name = strings.Trim(name, " ")
	switch {
	case name == "":
		return "", c.invalid("name", "不能为空")
	case !utf8.ValidString(name) || strings.ContainsAny(name, "*\"<>|/") ||
		strings.ContainsFunc(name, unicode.IsControl):
		return "", c.invalid("name", `不能包含制表符和* " < > |`)
	case strings.HasSuffix(name, "."):
		return "", c.invalid("name", "不能以.结尾")
	case utf8.RuneCountInString(name) > 255:
		return "", c.invalid("name", "超过255个字符")
	}
	return name, nil
}

// dentry finds a file by its id as text.
func (t tx) dentry(id string) (record StoredFile, known bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	known = err == nil && t.Get(FilesBucket, store.Key(n), &record)
	return record, known
}

func (t tx) dentryNamed(parent int64, name string) (record StoredFile, known bool) {
	var id int64
	known = t.Get(namesBucket, store.NameKey(parent, name), &id) && t.Get(FilesBucket, store.Key(id), &record)
	return record, known
}

func (t tx) putDentry(parent int64, r StoredFile) {
	id, _ := strconv.ParseInt(r.Dentry.ID, 10, 64) // as newFile wrote it
	t.Put(FilesBucket, store.Key(id), r)
	t.Put(namesBucket, store.NameKey(parent, r.Dentry.Name), id)
}

func (t tx) dentriesIn(parent int64) []dentry {
	var found []dentry
	prefix := store.Key(parent)
	for k := range t.Keys(namesBucket, prefix) {
		record, _ := t.dentryNamed(parent, string(k[len(prefix):]))
		found = append(found, record.Dentry)
	}
	return found
}

// extensionOf is what follows the last dot of a name, in lower case.
func extensionOf(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

var categories = map[string]string{
	"jpg": "IMAGE", "jpeg": "IMAGE", "png": "IMAGE", "gif": "IMAGE", "bmp": "IMAGE", "webp": "IMAGE",
	"mp4": "VIDEO", "mov": "VIDEO", "avi": "VIDEO", "mkv": "VIDEO",
	"mp3": "AUDIO", "wav": "AUDIO", "m4a": "AUDIO", "flac": "AUDIO",
	"zip": "ARCHIVE", "rar": "ARCHIVE", "7z": "ARCHIVE", "gz": "ARCHIVE", "tar": "ARCHIVE",
	"pdf": "DOCUMENT", "doc": "DOCUMENT", "docx": "DOCUMENT", "xls": "DOCUMENT", "xlsx": "DOCUMENT",
	"ppt": "DOCUMENT", "pptx": "DOCUMENT", "txt": "DOCUMENT", "md": "DOCUMENT", "csv": "DOCUMENT",
}

func categoryOf(extension string) string { return cmp.Or(categories[extension], "OTHER") }
