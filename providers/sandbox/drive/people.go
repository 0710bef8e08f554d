package drive

// userinfo is the basic information on users that answers carry: by id, username and realname and a third column
// that the document shows as "0" and does not explain.
type userinfo map[int64][3]string

func (c *call) userinfo(ids []int64) (userinfo, error) {
	info := userinfo{}
	for _, id := range ids {
		r, known, err := c.tx.User(id)
		if err != nil {
			return nil, err
		}
		if known {
			info[id] = [3]string{r.Username, r.Realname, "0"}
		}
	}
	return info, nil
}
