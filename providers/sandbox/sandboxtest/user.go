package sandboxtest

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// AddUser adds a user and returns the token made for it.
func AddUser(box *sandbox.Sandbox, u records.User) (drive.Token, error) {
	r := records.StoredUser{User: u, Token: store.NewToken()}
	err := change(box, func(t records.Tx) error {
		if err := checkNames(t, u); err != nil {
			return err
		}
		for _, id := range u.Manages {
			if _, err := t.File(id); err != nil {
				return err
			}
		}
		if r.ID == 0 {
			id, err := t.Next(records.UsersBucket)
			if err != nil {
				return err
			}
			r.ID = id
		} else if _, known, err := t.User(r.ID); err != nil {
			return err
		} else if known || r.ID < 0 {
			return fmt.Errorf("user id %d is taken or negative", r.ID)
		}
		return cmp.Or(t.Reserve(records.UsersBucket, r.ID), t.PutUser(r))
	})
	if err != nil {
		return drive.Token{}, fmt.Errorf("add user %q to the sandbox: %w", u.Username, err)
	}
	return drive.TokenOf(r), nil
}

// RenameUser gives a user other names. Templates keep the names they were written with.
func RenameUser(box *sandbox.Sandbox, id int64, username, realname string) error {
	err := change(box, func(t records.Tx) error {
		r, known, err := t.User(id)
		if err != nil || !known {
			return cmp.Or(err, errors.New("no such user"))
		}
		r.Username, r.Realname = username, realname
		if err := checkNames(t, r.User); err != nil {
			return err
		}
		return t.PutUser(r)
	})
	if err != nil {
		return fmt.Errorf("rename user %d of the sandbox: %w", id, err)
	}
	return nil
}

// RemoveUser removes a user and its token. Templates that name the user stay as they are.
func RemoveUser(box *sandbox.Sandbox, id int64) error {
	err := change(box, func(t records.Tx) error {
		r, known, err := t.User(id)
		if err != nil || !known {
			return cmp.Or(err, errors.New("no such user"))
		}
		return t.DeleteUser(r)
	})
	if err != nil {
		return fmt.Errorf("remove user %d of the sandbox: %w", id, err)
	}
	return nil
}

// checkNames sees to it that names are there and that no two users share a username.
func checkNames(t records.Tx, u records.User) error {
	if strings.TrimSpace(u.Username) == "" || strings.TrimSpace(u.Realname) == "" {
		return errors.New("username and realname must not be empty")
	}
	return t.EachUser(func(other records.StoredUser) error {
		if other.Username == u.Username && other.ID != u.ID {
			return fmt.Errorf("user %d has that username already", other.ID)
		}
		return nil
	})
}
