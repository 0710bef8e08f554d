package dingtalk

import "time"

// grantLife is how long a user may upload after asking for the space. DingTalk says only that the right is temporary.
const grantLife = time.Hour

type spaceInfo struct {
	SpaceID int64 `json:"spaceId"`
}

// spaceAnswer is what the workflow interfaces answer about the space.
type spaceAnswer struct {
	Result  spaceInfo `json:"result"`
	Success bool      `json:"success"`
}

// querySpace answers spaces/infos/query with the space of approvals' attachments. From now on the user may upload into
// it, for a while.
func querySpace(c *call) (any, error) {
	var ask struct {
		UserID  string `json:"userId"`
		AgentID *int64 `json:"agentId"`
	}
	if err := c.decode(&ask); err != nil {
		return nil, err
	}
	if err := checkUser(ask.UserID); err != nil {
		return nil, err
	}
	if err := checkAgent(ask.AgentID, "noPermission"); err != nil {
		return nil, err
	}
	c.tx.Put(grantsBucket, []byte(ask.UserID), c.now.Add(grantLife).Unix())
	return spaceAnswer{spaceInfo{spaceID}, true}, nil
}

// checkUser refuses a user id that is empty or nobody's, in the words of the workflow interfaces.
func checkUser(userID string) error {
	if userID == "" {
		return refuse(400, "invalidUserId", "用户userId不能为空")
	}
	if _, known := userByID(userID); !known {
		return refuse(400, "userNotExist", "用户不存在")
	}
	return nil
}
