package sandbox

import "time"

// dingtalkGrantLife is how long a user may upload after the space was asked for. DingTalk says only that the right is
// temporary.
const dingtalkGrantLife = time.Hour

type spaceInfo struct {
	SpaceID int64 `json:"spaceId"`
}

// spaceAnswer is what the workflow interfaces tell of the space.
type spaceAnswer struct {
	Result  spaceInfo `json:"result"`
	Success bool      `json:"success"`
}

// dingtalkSpaceInfo answers spaces/infos/query: the space of approvals' attachments, into which the user may upload for
// a while from now on.
func dingtalkSpaceInfo(c *dingtalkCall) (any, error) {
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
	if err := c.tx.put(dingtalkGrants, []byte(ask.UserID), c.now.Add(dingtalkGrantLife).Unix()); err != nil {
		return nil, err
	}
	return spaceAnswer{spaceInfo{dingtalkSpace}, true}, nil
}

// checkUser refuses a user id that is empty or nobody's, in the words of the workflow interfaces.
func checkUser(userID string) error {
	if userID == "" {
		return dingtalkRefuse(400, "invalidUserId", "用户userId不能为空")
	}
	if _, known := dingtalkByUser(userID); !known {
		return dingtalkRefuse(400, "userNotExist", "用户不存在")
	}
	return nil
}
