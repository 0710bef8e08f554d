package drive

import (
	"cmp"
	"slices"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// Token is a user's token as the sandbox prints it.
type Token struct {
	UserID             int64
	Username, Realname string
	Role               string // "super administrator", "folder administrator", "user"
	Token              string
}

// Tokens lists the users and their tokens, the super administrator's first, then the folder administrators', then
// the others', each by user id. It is empty once the sandbox is closed.
func (s *Server) Tokens() []Token {
	var users []records.StoredUser
	// A failing read leaves the list short; whoever then calls without a token is refused by the drive.
	_ = s.Store.Read(func(t store.Tx) error {
		for _, r := range (records.Tx{Tx: t}).Users() {
			users = append(users, r)
		}
		return nil
	})
	rank := map[string]int{"super administrator": 0, "folder administrator": 1, "user": 2}
	slices.SortStableFunc(users, func(a, b records.StoredUser) int { return cmp.Compare(rank[a.Role()], rank[b.Role()]) })
	tokens := make([]Token, len(users))
	for i, r := range users {
		tokens[i] = TokenOf(r)
	}
	return tokens
}

// TokenOf is what is printed of a user.
func TokenOf(r records.StoredUser) Token {
	return Token{UserID: r.ID, Username: r.Username, Realname: r.Realname, Role: r.Role(), Token: r.Token}
}
