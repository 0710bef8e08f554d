package sandbox

// Credentials are what clients of the sandbox's DingTalk and Tencent need. They are the same in every sandbox and open
// nothing else; the drive's own are Tokens.
type Credentials struct {
	DingTalk DingTalkCredentials
	Tencent  TencentCredentials
}

// DingTalkCredentials are the app that may call DingTalk, and the names it may use there.
type DingTalkCredentials struct {
	AppKey, AppSecret string
	AgentID           int64
	UserID, UnionID   string // of one person
	Department        int64
	Process           string // code of a process whose only field is Field
	Field             string // takes attachments
	Conversation      string // a chat that the person is in
	Instance          string // an approval that has every file of the space as attachment, those staged later too
}

// TencentCredentials are the key that may call Tencent's e-sign, and the names it may use there.
type TencentCredentials struct {
	SecretID, SecretKey string
	AppID               string
	Organization        string
	Operator            string
	Flows               []string // whose documents can be fetched
}

// Credentials lists them, for whoever serves the sandbox to print.
func (s *Sandbox) Credentials() Credentials {
	var flows []string
	for _, f := range tencentFlows {
		if f.refused == "" {
			flows = append(flows, f.id)
		}
	}
	return Credentials{
		DingTalk: DingTalkCredentials{
			AppKey: dingtalkAppKey, AppSecret: dingtalkAppSecret, AgentID: dingtalkAgent,
			UserID: dingtalkUsers[0].UserID, UnionID: dingtalkUsers[0].UnionID, Department: dingtalkDepartment,
			Process: dingtalkProcess, Field: dingtalkField, Conversation: dingtalkConversation, Instance: dingtalkOpenInstance,
		},
		Tencent: TencentCredentials{
			SecretID: tencentKey.id, SecretKey: tencentKey.secret,
			AppID: tencentApp, Organization: tencentOrganization, Operator: tencentOperator, Flows: flows,
		},
	}
}
