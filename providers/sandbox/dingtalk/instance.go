package dingtalk

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"countersign/providers/sandbox/store"

	"github.com/google/uuid"
)

const (
	maxFields      = 150
	maxValue       = 65535 // characters of a field's value, and of extValue
	maxPage        = 1024  // characters of bizDetailPageUrl
	maxPreviews    = 20    // files of one authPreview
	rootDepartment = -1
)

// Instance is an approval raised in DingTalk.
type Instance struct {
	ID, Process, Originator string
	FileIDs                 []string // of its attachments
	Raised                  time.Time
}

// Preview is the right of a user to look at an attachment once.
type Preview struct {
	Instance, UserID, FileID string
	Granted                  time.Time
}

// startRequest is the body of processInstances.
type startRequest struct {
	ProcessCode         string          `json:"processCode"`
	OriginatorUserID    string          `json:"originatorUserId"`
	DeptID              *int64          `json:"deptId"`
	MicroappAgentID     *int64          `json:"microappAgentId"`
	FormComponentValues []formComponent `json:"formComponentValues"`
	Approvers           []struct {
		ActionType string   `json:"actionType"`
		UserIDs    []string `json:"userIds"`
	} `json:"approvers"`
	CCList                []string `json:"ccList"`
	CCPosition            string   `json:"ccPosition"`
	BizDetailPageURL      string   `json:"bizDetailPageUrl"`
	TargetSelectActioners []struct {
		ActionerKey     string   `json:"actionerKey"`
		ActionerUserIDs []string `json:"actionerUserIds"`
	} `json:"targetSelectActioners"`
}

type formComponent struct {
	Name          *string `json:"name"`
	Value         *string `json:"value"`
	ExtValue      string  `json:"extValue"`
	ComponentType string  `json:"componentType"`
}

// startInstance answers processInstances: an approval with attachments is raised.
func startInstance(c *call) (any, error) {
	var ask startRequest
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	if err := checkStart(ask); err != nil {
		return nil, err
	}
	files, err := c.attachments(ask.FormComponentValues)
	if err != nil {
		return nil, err
	}
	made := Instance{ID: uuid.NewString(), Process: ask.ProcessCode, Originator: ask.OriginatorUserID, FileIDs: files,
		Raised: c.now.UTC()}
	c.tx.Put(InstancesBucket, []byte(made.ID), made)
	return struct {
		InstanceID string `json:"instanceId"`
	}{made.ID}, nil
}

// checkStart checks all but the form against the document's table.
func checkStart(ask startRequest) error {
	wrong := func(format string, args ...any) error {
		return refuse(400, "processInstanceInvalidParameter", format, args...)
	}
	unknown := func(userID string) bool { _, known := userByID(userID); return !known }
	if ask.ProcessCode != Known.Process {
		return refuse(400, "processCodeError", "流程不存在或已删除: %s", ask.ProcessCode)
	}
	if unknown(ask.OriginatorUserID) {
		return wrong("发起人不存在: %s", ask.OriginatorUserID)
	}
	if err := checkAgent(ask.MicroappAgentID, "invalidAgentId"); err != nil {
		return err
	}
	switch {
	case ask.DeptID == nil && len(ask.Approvers) == 0:
		return wrong("没有approvers时deptId不能为空")
	case ask.DeptID != nil && *ask.DeptID != rootDepartment && *ask.DeptID != Known.Department:
		return wrong("发起人不在该部门: %d", *ask.DeptID)
	case len(ask.Approvers) > 20 || len(ask.CCList) > 50 || len(ask.TargetSelectActioners) > 20:
		return wrong("approvers最多20个, ccList最多50个, targetSelectActioners最多20个")
	case ask.CCPosition != "" && !slices.Contains([]string{"START", "FINISH", "START_FINISH"}, ask.CCPosition):
		return wrong("ccPosition只能是START、FINISH、START_FINISH")
	case utf8.RuneCountInString(ask.BizDetailPageURL) > maxPage:
		return wrong("bizDetailPageUrl超过%d个字符", maxPage)
	}
	for _, a := range ask.Approvers {
		if !slices.Contains([]string{"AND", "OR", "NONE"}, a.ActionType) || len(a.UserIDs) == 0 {
			return wrong("approvers的actionType只能是AND、OR、NONE, userIds不能为空")
		}
		if at := slices.IndexFunc(a.UserIDs, unknown); at >= 0 {
			return wrong("审批人不存在: %s", a.UserIDs[at])
		}
	}
	for _, a := range ask.TargetSelectActioners {
		if a.ActionerKey == "" || len(a.ActionerUserIDs) == 0 || slices.ContainsFunc(a.ActionerUserIDs, unknown) {
			return wrong("targetSelectActioners的actionerKey和actionerUserIds不能为空, 用户必须存在")
		}
	}
	if at := slices.IndexFunc(ask.CCList, unknown); at >= 0 {
		return wrong("抄送人不存在: %s", ask.CCList[at])
	}
	if n := len(ask.FormComponentValues); n == 0 || n > maxFields {
		return wrong("formComponentValues必须有1到%d个", maxFields)
	}
	return nil
}

// attachments reads the ids of the files from the form, which has one field, for attachments.
func (c *call) attachments(fields []formComponent) ([]string, error) {
	ids := []string{}
	for i, f := range fields {
		switch {
		case f.Name == nil:
			return nil, missing("name")
		case f.Value == nil:
			return nil, missing("value")
		case *f.Name != Known.Field:
			return nil, refuse(400, "formConverterError", "表单没有这个控件: %s", *f.Name)
		case i > 0:
			return nil, refuse(400, "formConverterError", "控件重复: %s", *f.Name)
		case f.ComponentType != "" && f.ComponentType != "DDAttachment":
			return nil, refuse(400, "illegalComponent", "控件%s的类型是DDAttachment, 不是%s", *f.Name, f.ComponentType)
		case max(utf8.RuneCountInString(*f.Value), utf8.RuneCountInString(f.ExtValue)) > maxValue:
			return nil, refuse(400, "formConverterError", "控件%s的值超过%d个字符", *f.Name, maxValue)
		}
		var err error
		if ids, err = c.attached(*f.Value); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// attached reads the value of an attachment field: a JSON array as text, each element with its five keys.
func (c *call) attached(value string) ([]string, error) {
	wrong := func(format string, args ...any) error {
		e := refuse(400, "formConverterError", format, args...)
		e.Message = "控件" + Known.Field + "的值不正确: " + e.Message
		return e
	}
	var files []map[string]any
	if err := json.Unmarshal([]byte(value), &files); err != nil || files == nil {
		return nil, wrong("不是JSON数组")
	}
	ids := make([]string, len(files))
	for i, f := range files {
		for _, name := range []string{"spaceId", "fileName", "fileSize", "fileType", "fileId"} {
			_, text := f[name].(string)
			_, number := f[name].(float64)
			if !text && !(number && name == "fileSize") {
				return nil, wrong("第%d个文件缺少%s, 或不是字符串", i+1, name)
			}
		}
		ids[i] = f["fileId"].(string)
		if f["spaceId"] != strconv.Itoa(spaceID) {
			return nil, wrong("空间不存在: %s", f["spaceId"])
		}
		if _, known := c.tx.dentry(ids[i]); !known {
			return nil, wrong("文件不存在: %s", ids[i])
		}
	}
	return ids, nil
}

// previewRequest is the body of spaces/authPreview. The third t in Attatchment is the vendor's.
type previewRequest struct {
	UserID                 string    `json:"userId"`
	AgentID                *int64    `json:"agentId"`
	ProcessInstanceID      string    `json:"processInstanceId"`
	FileID                 string    `json:"fileId"`
	FileIDList             *[]string `json:"fileIdList"`
	WithCommentAttatchment bool      `json:"withCommentAttatchment"`
}

// authorizePreview answers spaces/authPreview: a user may look at attachments of an approval, once.
func authorizePreview(c *call) (any, error) {
	var ask previewRequest
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	if ask.UserID == "" {
		return nil, refuse(400, "invalidUserId", "授权预览审批附件,用户userId不能为空")
	}
	if ask.ProcessInstanceID == "" {
		return nil, refuse(400, "invalidProcessInstanceId", "授权预览审批附件,实例id不能为空")
	}
	if ask.FileID == "" {
		return nil, refuse(400, "invalidFileId", "授权预览审批附件,审批附件fileId不能为空")
	}
	files := []string{ask.FileID}
	if ask.FileIDList != nil {
		list := *ask.FileIDList
		if len(list) == 0 || len(list) > maxPreviews || slices.Contains(list, "") {
			return nil, refuse(400, "invalidFileList",
				"授权预览审批附件,审批附件fileList不能为空,最大长度为%d", maxPreviews)
		}
		files = append(files, list...)
	}
	if err := checkUser(ask.UserID); err != nil {
		return nil, err
	}
	if err := checkAgent(ask.AgentID, "noPermission"); err != nil {
		return nil, err
	}
	if err := c.checkAttached(ask.ProcessInstanceID, files); err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range slices.Compact(files) {
		c.tx.Put(PreviewsBucket, store.Key(c.tx.Next(PreviewsBucket)),
			Preview{ask.ProcessInstanceID, ask.UserID, file, c.now.UTC()})
	}
	return spaceAnswer{spaceInfo{spaceID}, true}, nil
}

// checkAttached refuses files that are not among an approval's attachments.
func (c *call) checkAttached(instance string, files []string) error {
	var raised Instance
	if !c.tx.Get(InstancesBucket, []byte(instance), &raised) && instance != Known.Instance {
		return refuse(400, "processInstNotExist", "审批实例不存在")
	}
	for _, file := range files {
		attached := slices.Contains(raised.FileIDs, file)
		if instance == Known.Instance {
			_, attached = c.tx.dentry(file)
		}
		if !attached {
			return refuse(400, "noPermission", "无访问权限")
		}
	}
	return nil
}
