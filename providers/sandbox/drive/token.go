package drive

import (
	"cmp"
	"slices"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// Tokens lists the users with their tokens, the super administrator's first, then the folder administrators', then the
// others', each by user id. It is empty once the sandbox is closed.
func (s *Server) Tokens() []records.StoredUser {
	var users []records.StoredUser
	// A failing read leaves the list short; whoever then calls without a token is refused by the drive.
	_ = s.Store.Read(func(t store.Tx) error {
		for _, r := range (records.Tx{Tx: t}).Users() {
			users = append(users, r)
		}
		return nil
	})
	rank := map[string]int{"super administrator": 0, "folder administrator": 1, "user": 2}
	slices.SortStableFunc(users, func(a, b records.StoredUser) int {
		return cmp.Compare(rank[a.Role()], rank[b.Role()])
	})
	return users
}
