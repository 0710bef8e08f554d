package dingtalk

import (
	"fmt"
	"slices"
	"strconv"
)

// Credentials are the app that may call DingTalk, and the names it may use there.
type Credentials struct {
	AppKey, AppSecret string
	AgentID           int64
	UserID, UnionID   string // of one person
	Department        int64
	Process           string // code of a process that has one field, Field
	Field             string // takes attachments
	Conversation      string // a chat that the person is in

	// Instance is an approval that the person raised before the sandbox began and is still filling: every file in the
	// space is one of its attachments, also a file that is staged later. So a configuration can name it for previews
	// before it has raised an approval of its own.
	Instance string
}

// Known are the credentials of every sandbox.
var Known = Credentials{
	AppKey: "dingsandboxkey", AppSecret: "sandbox-secret", AgentID: 8345000,
	UserID: "user123", UnionID: "union123", Department: 1, Process: "PROC-SANDBOX-1", Field: "附件",
	Conversation: "cidSandbox", Instance: "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111",
}

// spaceID is the space of approvals' attachments.
const spaceID = 3996960664

// user is a person: UserID is what approvals call them, UnionID what storage and chats do.
type user struct {
	UserID, UnionID string
	InChat          bool // in Known.Conversation
}

var users = []user{
	{UserID: Known.UserID, UnionID: Known.UnionID, InChat: true},
	{UserID: "user456", UnionID: "union456"}, // may not do all that user123 may
}

const (
	appsBucket      = "dingtalk-apps"      // app key → appToken
	grantsBucket    = "dingtalk-grants"    // user id → Unix second at which the right to upload ends
	uploadsBucket   = "dingtalk-uploads"   // object → upload
	FilesBucket     = "dingtalk-dentries"  // dentry id → StoredFile
	namesBucket     = "dingtalk-names"     // parent's dentry id, name → dentry id
	InstancesBucket = "dingtalk-instances" // instance id → Instance
	PreviewsBucket  = "dingtalk-previews"  // number → Preview
	LinksBucket     = "dingtalk-links"     // number → Link
)

// Buckets are DingTalk's part of a database.
var Buckets = []string{appsBucket, grantsBucket, uploadsBucket, FilesBucket, namesBucket,
	InstancesBucket, PreviewsBucket, LinksBucket}

func userByID(userID string) (user, bool) {
	return findUser(func(u user) bool { return u.UserID == userID })
}

// operator is the user that the address names by union id.
func (c *call) operator() (user, error) {
	unionID := c.query.Get("unionId")
	u, known := findUser(func(u user) bool { return u.UnionID == unionID })
	if !known {
		return u, c.invalid("unionId", "没有这个用户")
	}
	return u, nil
}

func findUser(is func(user) bool) (user, bool) {
	at := slices.IndexFunc(users, is)
	if at < 0 {
		return user{}, false
	}
	return users[at], true
}

// space refuses a space id other than that of approvals' attachments.
func (c *call) space(id string) error {
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 {
		return c.invalid("spaceId", "不是空间ID")
	} else if n != spaceID {
		return refuse(400, "spaceNotExist", "空间不存在: %d", n)
	}
	return nil
}

// uploader is the operator, who must have asked for the space lately.
func (c *call) uploader() (user, error) {
	u, err := c.operator()
	if err != nil {
		return u, err
	}
	var until int64
	if c.tx.Get(grantsBucket, []byte(u.UserID), &until); c.now.Unix() >= until {
		err = refuse(403, "permissionDenied", "没有上传权限: 请先调用获取审批钉盘空间信息接口")
	}
	return u, err
}

// checkAgent refuses an agent id that is given and is not the app's.
func checkAgent(agent *int64, code string) error {
	if agent != nil && *agent != Known.AgentID {
		return refuse(400, code, "%s", fmt.Sprintf("无权访问,企业没有开通相应的微应用: %d", *agent))
	}
	return nil
}
