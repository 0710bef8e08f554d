package sandbox

import (
	"fmt"
	"slices"
	"strconv"
)

// What DingTalk's half of the sandbox holds from the beginning. It stands in the program, not in the database.
const (
	dingtalkAppKey       = "dingsandboxkey"
	dingtalkAppSecret    = "sandbox-secret"
	dingtalkAgent        = 8345000
	dingtalkDepartment   = 1
	dingtalkSpace        = 3996960664 // the space of approvals' attachments
	dingtalkProcess      = "PROC-SANDBOX-1"
	dingtalkField        = "附件" // that process's attachment field
	dingtalkConversation = "cidSandbox"

	// dingtalkOpenInstance is an approval that was raised before the sandbox began, by user123, and is still being
	// filled: every file in the space counts as one of its attachments, those that are staged later too. So a
	// configuration can name it for previews before it has raised an approval of its own.
	dingtalkOpenInstance = "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111"
)

// dingtalkUser is a person: UserID is what approvals call them, UnionID what storage and chats do.
type dingtalkUser struct {
	UserID, UnionID string
	InChat          bool // in dingtalkConversation
}

var dingtalkUsers = []dingtalkUser{
	{UserID: "user123", UnionID: "union123", InChat: true},
	{UserID: "user456", UnionID: "union456"}, // somebody else, to be refused things
}

// The buckets of DingTalk, apart from the drive's.
const (
	dingtalkApps      = "dingtalk-apps"      // app key → dingtalkApp
	dingtalkGrants    = "dingtalk-grants"    // user id → Unix second at which the right to upload ends
	dingtalkUploads   = "dingtalk-uploads"   // object → ossUpload
	dingtalkFiles     = "dingtalk-dentries"  // dentry id → dentryRecord
	dingtalkNames     = "dingtalk-names"     // parent's dentry id, name → dentry id
	dingtalkInstances = "dingtalk-instances" // instance id → DingTalkInstance
	dingtalkPreviews  = "dingtalk-previews"  // number → DingTalkPreview
	dingtalkLinks     = "dingtalk-links"     // number → DingTalkLink
)

var dingtalkBuckets = []string{dingtalkApps, dingtalkGrants, dingtalkUploads, dingtalkFiles, dingtalkNames,
	dingtalkInstances, dingtalkPreviews, dingtalkLinks}

func dingtalkByUser(userID string) (dingtalkUser, bool) {
	return findUser(func(u dingtalkUser) bool { return u.UserID == userID })
}

// operator is the user that the address names by union id.
func (c *dingtalkCall) operator() (dingtalkUser, error) {
	unionID := c.query.Get("unionId")
	u, known := findUser(func(u dingtalkUser) bool { return u.UnionID == unionID })
	if !known {
		return u, c.invalid("unionId", "没有这个用户")
	}
	return u, nil
}

func findUser(is func(dingtalkUser) bool) (dingtalkUser, bool) {
	at := slices.IndexFunc(dingtalkUsers, is)
	if at < 0 {
		return dingtalkUser{}, false
	}
	return dingtalkUsers[at], true
}

// space refuses a space id other than that of approvals' attachments.
func (c *dingtalkCall) space(id string) error {
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 {
		return c.invalid("spaceId", "不是空间ID")
	} else if n != dingtalkSpace {
		return dingtalkRefuse(400, "spaceNotExist", "空间不存在: %d", n)
	}
	return nil
}

// uploader is the operator, who must have asked for the space lately.
func (c *dingtalkCall) uploader() (dingtalkUser, error) {
	u, err := c.operator()
	if err != nil {
		return u, err
	}
	var until int64
	granted, err := c.tx.get(dingtalkGrants, []byte(u.UserID), &until)
	if err == nil && (!granted || c.now.Unix() >= until) {
		err = dingtalkRefuse(403, "permissionDenied", "没有上传权限: 请先调用获取审批钉盘空间信息接口")
	}
	return u, err
}

// checkAgent refuses an agent id that is given and is not the app's.
func checkAgent(agent *int64, code string) error {
	if agent != nil && *agent != dingtalkAgent {
		return dingtalkRefuse(400, code, "%s", fmt.Sprintf("无权访问,企业没有开通相应的微应用: %d", *agent))
	}
	return nil
}
