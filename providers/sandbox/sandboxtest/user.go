package sandboxtest

import (
	"errors"
	"fmt"
	"strings"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// AddUser adds a user, with a token made for it.
func AddUser(box *sandbox.Sandbox, u records.User) (records.StoredUser, error) {
	r := records.StoredUser{User: u, Token: store.NewToken()}
	err := change(box, func(t records.Tx) error {
		if strings.TrimSpace(u.Username) == "" || strings.TrimSpace(u.Realname) == "" {
			return errors.New("username and realname must not be empty")
		}
		for _, other := range t.Users() {
			if other.Username == u.Username {
				return fmt.Errorf("user %d has that username already", other.ID)
			}
		}
		for _, id := range u.Manages {
			if _, err := t.File(id); err != nil {
				return err
			}
		}
		if r.ID == 0 {
			r.ID = t.Next(records.UsersBucket)
		} else if _, known := t.User(r.ID); known || r.ID < 0 {
			return fmt.Errorf("user id %d is taken or negative", r.ID)
		}
		t.Reserve(records.UsersBucket, r.ID)
		t.PutUser(r)
		return nil
	})
	if err != nil {
		return records.StoredUser{}, fmt.Errorf("add user %q to the sandbox: %w", u.Username, err)
	}
	return r, nil
}
