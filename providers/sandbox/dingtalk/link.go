package dingtalk

import (
	"time"

	"countersign/providers/sandbox/store"
)

// Link is a message with a link to a file, in a chat.
type Link struct {
	Conversation, FileID, UnionID string
	Sent                          time.Time
}

type linkedFile struct {
	Basics
	ConversationID string `json:"conversationId"`
}

// sendLink answers links/send: one message more in the chat, each time.
func sendLink(c *call) (any, error) {
	var ask struct {
		SpaceID            string `json:"spaceId"`
		DentryID           string `json:"dentryId"`
		OpenConversationID string `json:"openConversationId"`
	}
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	u, err := c.operator()
	if err != nil {
		return nil, err
	}
	if c.space(ask.SpaceID) != nil {
		return nil, c.invalid("spaceId", "空间不存在: %s", ask.SpaceID)
	}
	record, known := c.tx.dentry(ask.DentryID)
	switch {
	case !known:
		return nil, c.invalid("dentryId", "文件不存在: %s", ask.DentryID)
	case ask.OpenConversationID == "":
		return nil, c.invalid("openConversationId", "不能为空")
	case ask.OpenConversationID != Known.Conversation:
		return nil, refuse(404, "conversationNotExist", "目标会话不存在")
	case !u.InChat:
		return nil, refuse(403, "permissionDenied", "用户缺少目标会话存储空间添加文件的权限")
	}
	c.tx.Put(LinksBucket, store.Key(c.tx.Next(LinksBucket)),
		Link{ask.OpenConversationID, ask.DentryID, u.UnionID, c.now.UTC()})
	return struct {
		File linkedFile `json:"file"`
	}{linkedFile{record.Dentry.Basics, ask.OpenConversationID}}, nil
}
