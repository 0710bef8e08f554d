package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// User is a user of the drive.
type User struct {
	ID                 int64 // 0 when adding: the next free one
	Username, Realname string
	Super              bool    // super administrator: manages everything
	Manages            []int64 // folders and files that an ordinary administrator manages, with all below
}

type userRecord struct {
	User
	Token string
}

func (u User) administrator() bool { return u.Super || len(u.Manages) > 0 }

func (u User) role() string {
	switch {
	case u.Super:
		return "super administrator"
	case len(u.Manages) > 0:
		return "folder administrator"
	}
	return "user"
}

// manages reports whether the user may manage the file whose chain of ancestors this is.
func (u User) manages(chain []file) bool {
	return u.Super || slices.ContainsFunc(chain, func(f file) bool { return slices.Contains(u.Manages, f.ID) })
}

// AddUser adds a user and returns the token made for it.
func (s *Sandbox) AddUser(u User) (Token, error) {
	r := userRecord{User: u, Token: newToken()}
	err := s.store.alone(func(t txn) error {
		if err := t.checkNames(u); err != nil {
			return err
		}
		for _, id := range u.Manages {
			if _, err := t.file(id); err != nil {
				return err
			}
		}
		if r.ID == 0 {
			id, err := t.next(usersBucket)
			if err != nil {
				return err
			}
			r.ID = id
		} else if _, known, err := t.user(r.ID); err != nil {
			return err
		} else if known || r.ID < 0 {
			return fmt.Errorf("user id %d is taken or negative", r.ID)
		}
		b := t.bolt.Bucket([]byte(usersBucket))
		if err := b.SetSequence(max(b.Sequence(), uint64(r.ID))); err != nil {
			return err
		}
		return t.putUser(r)
	})
	if err != nil {
		return Token{}, fmt.Errorf("add user %q to the sandbox: %w", u.Username, err)
	}
	return r.token(), nil
}

// RenameUser gives a user other names. Templates keep the names they were written with.
func (s *Sandbox) RenameUser(id int64, username, realname string) error {
	err := s.store.alone(func(t txn) error {
		r, known, err := t.user(id)
		if err != nil || !known {
			return cmp.Or(err, errors.New("no such user"))
		}
		r.Username, r.Realname = username, realname
		if err := t.checkNames(r.User); err != nil {
			return err
		}
		return t.putUser(r)
	})
	if err != nil {
		return fmt.Errorf("rename user %d of the sandbox: %w", id, err)
	}
	return nil
}

// RemoveUser removes a user and its token. Templates that name the user stay as they are.
func (s *Sandbox) RemoveUser(id int64) error {
	err := s.store.alone(func(t txn) error {
		r, known, err := t.user(id)
		if err != nil || !known {
			return cmp.Or(err, errors.New("no such user"))
		}
		return errors.Join(t.delete(usersBucket, key(id)), t.delete(tokensBucket, tokenKey(r.Token)))
	})
	if err != nil {
		return fmt.Errorf("remove user %d of the sandbox: %w", id, err)
	}
	return nil
}

// checkNames sees to it that names are there and that no two users share a username.
func (t txn) checkNames(u User) error {
	if strings.TrimSpace(u.Username) == "" || strings.TrimSpace(u.Realname) == "" {
		return errors.New("username and realname must not be empty")
	}
	return t.eachUser(func(other userRecord) error {
		if other.Username == u.Username && other.ID != u.ID {
			return fmt.Errorf("user %d has that username already", other.ID)
		}
		return nil
	})
}

func (t txn) user(id int64) (r userRecord, known bool, err error) {
	known, err = t.get(usersBucket, key(id), &r)
	return r, known, err
}

func (t txn) putUser(r userRecord) error {
	return errors.Join(t.put(usersBucket, key(r.ID), r), t.put(tokensBucket, tokenKey(r.Token), r.ID))
}

func (t txn) eachUser(do func(userRecord) error) error {
	return t.bolt.Bucket([]byte(usersBucket)).ForEach(func(k, _ []byte) error {
		var r userRecord
		if _, err := t.get(usersBucket, k, &r); err != nil {
			return err
		}
		return do(r)
	})
}

// userinfo is the basic information on users that answers carry: by id, username and realname and a third column
// that the document shows as "0" and does not explain.
type userinfo map[int64][3]string

func (t txn) userinfo(ids []int64) (userinfo, error) {
	info := userinfo{}
	for _, id := range ids {
		r, known, err := t.user(id)
		if err != nil {
			return nil, err
		}
		if known {
			info[id] = [3]string{r.Username, r.Realname, "0"}
		}
	}
	return info, nil
}
