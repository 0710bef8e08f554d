package drive

// userinfo is the basic information on users that answers carry: by id, username and realname and a third column
// that the document shows as "0" and does not explain.
type userinfo map[int64][3]string

func (c *call) userinfo(ids []int64) userinfo {
	info := userinfo{}
	for _, id := range ids {
		if r, known := c.tx.User(id); known {
			info[id] = [3]string{r.Username, r.Realname, "0"}
		}
	}
	return info
}
