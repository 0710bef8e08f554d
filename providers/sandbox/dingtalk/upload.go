package dingtalk

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

const (
	maxParts      = 10000
	maxAskedParts = 30             // parts asked for in one call
	minPart       = 100 << 10      // bytes of every part but the last
	uploadLife    = 24 * time.Hour // of an upload that is never committed
)

// upload is an upload that has begun and is not committed.
type upload struct {
	UnionID   string
	Multipart bool
	Check     preCheck
	Made      int64         // Unix second
	Pieces    map[int]piece // by part number; a file in one has part 1
}

// preCheck is what a client announces about a file before it uploads it.
type preCheck struct {
	MD5      string `json:"md5"`
	Size     *int64 `json:"size"`
	ParentID string `json:"parentId"`
	Name     string `json:"name"`
}

// about is what faults of the upload's bytes are drawn by; object names differ from one sandbox to another.
func (u upload) about(part string) map[string]string {
	about := map[string]string{"name": u.Check.Name, "md5": u.Check.MD5, "part": part,
		"made in parts": strconv.FormatBool(u.Multipart)}
	if u.Check.Size != nil {
		about["size"] = strconv.FormatInt(*u.Check.Size, 10)
	}
	return about
}

type uploadOption struct {
	StorageDriver  string   `json:"storageDriver"`
	PreCheckParam  preCheck `json:"preCheckParam"`
	PreferRegion   string   `json:"preferRegion"`
	PreferIntranet bool     `json:"preferIntranet"`
}

var (
	regions = []string{"ZHANGJIAKOU", "SHENZHEN", "SHANGHAI", "SINGAPORE", "UNKNOWN"}
	md5Text = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// checkOption checks the option of an upload against the document's table.
func (c *call) checkOption(o uploadOption) error {
	if o.StorageDriver != "" && o.StorageDriver != "DINGTALK" {
		return c.invalid("storageDriver", "目前只支持DINGTALK")
	}
	if o.PreferRegion != "" && !slices.Contains(regions, o.PreferRegion) {
		return c.invalid("preferRegion", "没有这个地域: %s", o.PreferRegion)
	}
	check := o.PreCheckParam
	if check.MD5 != "" && !md5Text.MatchString(check.MD5) {
		return c.invalid("md5", "不是小写十六进制的MD5")
	}
	if check.Size != nil && *check.Size < 0 {
		return c.invalid("size", "不能小于0")
	}
	if check.Name != "" {
		if _, err := c.fileName(check.Name); err != nil {
			return err
		}
	}
	if check.ParentID != "" {
		_, err := c.folder(check.ParentID)
		return err
	}
	return nil
}

// headerSignatureInfo is a ticket: where to PUT bytes, and with which headers.
type headerSignatureInfo struct {
	ResourceURLs         []string          `json:"resourceUrls"`
	Headers              map[string]string `json:"headers"`
	ExpirationSeconds    int64             `json:"expirationSeconds"`
	Region               string            `json:"region"`
	InternalResourceURLs []string          `json:"internalResourceUrls"`
}

// ticket signs a PUT of an object, or of a part of it, with no Content-Type.
func (c *call) ticket(object string, query url.Values, region string) headerSignatureInfo {
	path := "/" + ossBucket + "/" + object
	date := c.now.UTC().Format(http.TimeFormat)
	headers := http.Header{"X-Oss-Date": {date}}
	address := c.origin + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	if region == "" || region == "UNKNOWN" {
		region = regions[0]
	}
	return headerSignatureInfo{
		ResourceURLs: []string{address},
		Headers: map[string]string{
			"Authorization": c.server.ossKey().authorization(ossStringToSign(http.MethodPut, headers,
				ossResource(path, query))),
			"x-oss-date": date,
		},
		ExpirationSeconds:    int64(ossPatience / time.Second),
		Region:               region,
		InternalResourceURLs: []string{},
	}
}

// beginUpload records an upload and returns its key. The object's name is a hash of the key.
func (c *call) beginUpload(u upload) (uploadKey string) {
	random := make([]byte, 48)
	rand.Read(random) // never fails
	uploadKey = "hg" + base64.RawURLEncoding.EncodeToString(random)
	u.Made = c.now.Unix()
	c.tx.Put(uploadsBucket, []byte(objectOf(uploadKey)), u)
	return uploadKey
}

// objectPrefix begins every object's name, as in the vendor's addresses.
const objectPrefix = "iAEI"

func objectOf(uploadKey string) string {
	sum := sha256.Sum256([]byte(uploadKey))
	return objectPrefix + hex.EncodeToString(sum[:20])
}

type uploadAnswer struct {
	UploadKey           string               `json:"uploadKey"`
	StorageDriver       string               `json:"storageDriver"`
	Protocol            string               `json:"protocol,omitempty"`
	HeaderSignatureInfo *headerSignatureInfo `json:"headerSignatureInfo,omitempty"`
}

// queryUpload answers files/uploadInfos/query: a ticket for a file that is sent in one.
func queryUpload(c *call) (any, error) {
	var ask struct {
		Protocol  string       `json:"protocol"`
		Multipart bool         `json:"multipart"`
		Option    uploadOption `json:"option"`
	}
	u, err := c.askToUpload(&ask)
	if err != nil {
		return nil, err
	}
	size := ask.Option.PreCheckParam.Size
	switch {
	case ask.Protocol != "HEADER_SIGNATURE":
		return nil, refuse(400, "paramError", "参数错误: protocol: 只支持HEADER_SIGNATURE")
	case ask.Multipart:
		return nil, c.invalid("multipart", "分片上传请调用multiPartUploadInfos/init接口")
	case size != nil && *size > ossLargest:
		return nil, c.invalid("multipart", "大于5GB的文件必须分片上传")
	}
	if err := c.checkOption(ask.Option); err != nil {
		return nil, err
	}
	uploadKey := c.beginUpload(upload{UnionID: u.UnionID, Check: ask.Option.PreCheckParam})
	info := c.ticket(objectOf(uploadKey), nil, ask.Option.PreferRegion)
	return uploadAnswer{uploadKey, "DINGTALK", ask.Protocol, &info}, nil
}

// askToUpload reads the body and returns the caller, a user with the right to upload into the space.
func (c *call) askToUpload(v any) (user, error) {
	if err := c.decode(v); err != nil {
		return user{}, err
	}
	if err := c.space(c.path["spaceId"]); err != nil {
		return user{}, err
	}
	return c.uploader()
}

// initMultipart answers files/multiPartUploadInfos/init: the key of a file that is sent in parts.
func initMultipart(c *call) (any, error) {
	var ask struct {
		Option uploadOption `json:"option"`
	}
	u, err := c.askToUpload(&ask)
	if err != nil {
		return nil, err
	}
	if err := c.checkOption(ask.Option); err != nil {
		return nil, err
	}
	uploadKey := c.beginUpload(upload{UnionID: u.UnionID, Multipart: true, Check: ask.Option.PreCheckParam})
	return uploadAnswer{UploadKey: uploadKey, StorageDriver: "DINGTALK"}, nil
}

// queryMultipart answers files/multiPartUploadInfos/query: a ticket for each part asked for.
func queryMultipart(c *call) (any, error) {
	var ask struct {
		UploadKey   string       `json:"uploadKey"`
		PartNumbers []int        `json:"partNumbers"`
		Option      uploadOption `json:"option"`
	}
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	u, err := c.uploader()
	if err != nil {
		return nil, err
	}
	object := objectOf(ask.UploadKey)
	var up upload
	if !c.tx.Get(uploadsBucket, []byte(object), &up) || up.UnionID != u.UnionID || !up.Multipart {
		return nil, c.invalid("uploadKey", "没有这个分片上传")
	}
	if n := len(ask.PartNumbers); n == 0 || n > maxAskedParts {
		return nil, c.invalid("partNumbers", "一次1到%d个", maxAskedParts)
	}
	type partInfo struct {
		PartNumber          int                 `json:"partNumber"`
		HeaderSignatureInfo headerSignatureInfo `json:"headerSignatureInfo"`
	}
	parts := make([]partInfo, len(ask.PartNumbers))
	for i, number := range ask.PartNumbers {
		if number < 1 || number > maxParts {
			return nil, c.invalid("partNumbers", "必须是1到%d: %d", maxParts, number)
		}
		query := url.Values{"partNumber": {strconv.Itoa(number)}, "uploadId": {object}}
		parts[i] = partInfo{number, c.ticket(object, query, "")}
	}
	return struct {
		Parts []partInfo `json:"multipartHeaderSignatureInfos"`
	}{parts}, nil
}

// upload finds an upload that is not committed by its object. It refuses as the object storage does.
func (t tx) upload(object string) (upload, error) {
	var up upload
	if !t.Get(uploadsBucket, []byte(object), &up) {
		return up, ossRefuse(http.StatusForbidden, "AccessDenied",
			"The object is committed already, or no upload of it was begun.")
	}
	return up, nil
}
