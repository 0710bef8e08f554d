package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// Link is a file to be shown in a conversation.
type Link struct {
	UnionID        string // who posts it
	SpaceID        string
	DentryID       string
	ConversationID string // openConversationId
}

// SendLink posts a link to a file into a conversation: POST /v1.0/convFile/conversations/files/links/send (send-link
// document; wire facts, A8). A repetition would post a second message, so it is never sent again when its answer was
// lost: the error's OutcomeUnknown is true then.
func (c *Client) SendLink(ctx context.Context, l Link) error {
	k := call{name: callLink, path: "/v1.0/convFile/conversations/files/links/send",
		query: url.Values{"unionId": {l.UnionID}},
		about: fmt.Sprintf("file %s, space %s, conversation %s", l.DentryID, l.SpaceID, l.ConversationID)}
	if err := needs("union id", l.UnionID, "space id", l.SpaceID, "file id", l.DentryID, "conversation id",
		l.ConversationID); err != nil {
		return c.of(k).Refuse(err)
	}
	k.body = struct {
		Dentry       string `json:"dentryId"`
		Conversation string `json:"openConversationId"`
		Space        string `json:"spaceId"`
	}{l.DentryID, l.ConversationID, l.SpaceID}
	answer, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	if answer.Get("file").Object().Get("id").Words() == "" {
		return c.of(k).Misread(errors.New("it has no file.id"))
	}
	return nil
}
