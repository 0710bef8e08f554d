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

// linkedFile is a dentry in a chat.
type linkedFile struct {
	ID             string `json:"id"`
	ConversationID string `json:"conversationId"`
	SpaceID        string `json:"spaceId"`
	ParentID       string `json:"parentId"`
	Type           string `json:"type"`
	Name           string `json:"name"`
	Size           int64  `json:"size"`
	Path           string `json:"path"`
	Version        int64  `json:"version"`
	Status         string `json:"status"`
	Extension      string `json:"extension"`
	CreatorID      string `json:"creatorId"`
	ModifierID     string `json:"modifierId"`
	CreateTime     string `json:"createTime"`
	ModifiedTime   string `json:"modifiedTime"`
	UUID           string `json:"uuid"`
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
	record, known, err := c.tx.dentry(ask.DentryID)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, c.invalid("dentryId", "文件不存在: %s", ask.DentryID)
	case ask.OpenConversationID == "":
		return nil, c.invalid("conversationId", "不能为空")
	case ask.OpenConversationID != conversation:
		return nil, refuse(404, "conversationNotExist", "目标会话不存在")
	case !u.InChat:
		return nil, refuse(403, "permissionDenied", "用户缺少目标会话存储空间添加文件的权限")
	}
	n, err := c.tx.Next(LinksBucket)
	if err != nil {
		return nil, err
	}
	if err := c.tx.Put(LinksBucket, store.Key(n), Link{ask.OpenConversationID, ask.DentryID, u.UnionID,
		c.now.UTC()}); err != nil {
		return nil, err
	}
	d := record.Dentry
	return struct {
		File linkedFile `json:"file"`
	}{linkedFile{d.ID, ask.OpenConversationID, d.SpaceID, d.ParentID, d.Type, d.Name, d.Size, d.Path, d.Version,
		d.Status,
		d.Extension, d.CreatorID, d.ModifierID, d.CreateTime, d.ModifiedTime, d.UUID}}, nil
}
