package sandbox

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
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
func (s *Sandbox) Tokens() []Token {
	var records []userRecord
	// A failing read leaves the list short; whoever then calls with no token is told so by the drive.
	_ = s.store.read(func(t txn) error {
		return t.eachUser(func(r userRecord) error {
			records = append(records, r)
			return nil
		})
	})
	rank := map[string]int{"super administrator": 0, "folder administrator": 1, "user": 2}
	slices.SortStableFunc(records, func(a, b userRecord) int { return cmp.Compare(rank[a.role()], rank[b.role()]) })
	tokens := make([]Token, len(records))
	for i, r := range records {
		tokens[i] = r.token()
	}
	return tokens
}

func (r userRecord) token() Token {
	return Token{UserID: r.ID, Username: r.Username, Realname: r.Realname, Role: r.role(), Token: r.Token}
}

func newToken() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// tokenKey is what a token is looked up by: its hash, so that the time a look-up takes tells nothing about tokens.
func tokenKey(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// authenticate finds the user whose token this is.
func (t txn) authenticate(token string) (User, error) {
	if token == "" {
		return User{}, refuse(CodeTokenMissing, "缺少token参数")
	}
	var id int64
	if ok, err := t.get(tokensBucket, tokenKey(token), &id); err != nil {
		return User{}, err
	} else if !ok {
		return User{}, refuse(CodeTokenInvalid, "token无效或已过期")
	}
	r, known, err := t.user(id)
	if err == nil && !known {
		err = refuse(CodeTokenInvalid, "token无效或已过期")
	}
	return r.User, err
}
