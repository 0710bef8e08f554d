package records

import (
	"crypto/sha256"
	"iter"
	"slices"

	"countersign/providers/sandbox/store"
)

// User is a user of the drive.
type User struct {
	ID                 int64 // 0 when adding: the next free one
	Username, Realname string
	Super              bool    // super administrator: manages everything
	Manages            []int64 // folders and files that an ordinary administrator manages, with all below
}

// StoredUser is a user with the token that lets it in.
type StoredUser struct {
	User
	Token string
}

// Administrator reports whether the user manages anything.
func (u User) Administrator() bool { return u.Super || len(u.Manages) > 0 }

// Role is what the user may do, in words.
func (u User) Role() string {
	switch {
	case u.Super:
		return "super administrator"
	case len(u.Manages) > 0:
		return "folder administrator"
	}
	return "user"
}

// MayManage reports whether the user may manage a file, given with the folders above it.
func (u User) MayManage(chain []File) bool {
	return u.Super || slices.ContainsFunc(chain, func(f File) bool { return slices.Contains(u.Manages, f.ID) })
}

// User finds a user.
func (t Tx) User(id int64) (r StoredUser, known bool) {
	known = t.Get(UsersBucket, store.Key(id), &r)
	return r, known
}

// PutUser writes a user; its token is good from then on.
func (t Tx) PutUser(r StoredUser) {
	t.Put(UsersBucket, store.Key(r.ID), r)
	t.Put(tokensBucket, tokenKey(r.Token), r.ID)
}

// Users are all users, by id.
func (t Tx) Users() iter.Seq2[[]byte, StoredUser] { return store.All[StoredUser](t.Tx, UsersBucket) }

// tokenKey is what a token is looked up by: its hash, so that the time of a look-up shows nothing of a token.
func tokenKey(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Authenticate finds the user whose token this is.
func (t Tx) Authenticate(token string) (User, error) {
	if token == "" {
		return User{}, Refuse(CodeTokenMissing, "缺少token参数")
	}
	var id int64
	if !t.Get(tokensBucket, tokenKey(token), &id) {
		return User{}, Refuse(CodeTokenInvalid, "token无效或已过期")
	}
	var r StoredUser
	t.Need(UsersBucket, store.Key(id), &r)
	return r.User, nil
}
