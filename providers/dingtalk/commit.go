package dingtalk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"countersign/schema"
)

// wireConflict are the four strategies for a name that is taken (wire facts, A5).
var wireConflict = map[schema.Conflict]string{
	schema.ConflictRename:    "AUTO_RENAME",
	schema.ConflictOverwrite: "OVERWRITE",
	schema.ConflictReuse:     "RETURN_DENTRY_IF_EXISTS",
	schema.ConflictFail:      "RETURN_ERROR_IF_EXISTS",
}

// CheckConflict says what is wrong with the name of a strategy; "" stands for rename.
func CheckConflict(c schema.Conflict) error {
	if _, ok := wireConflict[c]; ok || c == "" {
		return nil
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(wireConflict)) {
		names = append(names, string(name))
	}
	return fmt.Errorf("on_conflict %q: it must be one of %s", string(c), strings.Join(names, ", "))
}

// Commit says which uploaded bytes become which file.
type Commit struct {
	SpaceID    string
	UnionID    string
	Key        UploadKey
	Name       string // see CheckName
	ParentID   string // "" is the root, "0"
	Size       int64  // bytes; the service compares it with what the store holds
	OnConflict schema.Conflict
}

// Commit makes uploaded bytes a file: POST /v1.0/storage/spaces/{spaceId}/files/commit (the last call of the upload
// document; wire facts, A5). The file may have got another name than the one asked for: always use what is returned.
//
// An upload key can be used once, and a commit has no other mark, so it is never sent again when its answer was lost:
// the error's OutcomeUnknown is true then. The one exception is schema.ConflictReuse, where a repetition finds the
// first one's file.
func (c *Client) Commit(ctx context.Context, r Commit) (Dentry, error) {
	k := call{
		name:  callCommit,
		path:  "/v1.0/storage/spaces/" + url.PathEscape(r.SpaceID) + "/files/commit",
		query: url.Values{"unionId": {r.UnionID}},
		about: fmt.Sprintf("file %s, folder %s, space %s", r.Name, folder(r.ParentID), r.SpaceID),
		keys:  []string{string(r.Key)},
	}
	given := needs("space id", r.SpaceID, "union id", r.UnionID, "upload key", string(r.Key))
	if err := errors.Join(CheckName(r.Name), CheckConflict(r.OnConflict), given); err != nil {
		return Dentry{}, c.of(k).Refuse(err)
	}
	type option struct {
		Conflict string `json:"conflictStrategy"`
		Size     int64  `json:"size"`
	}
	k.body = struct {
		Name   string `json:"name"`
		Option option `json:"option"`
		Parent string `json:"parentId"`
		Key    string `json:"uploadKey"`
	}{r.Name, option{wireConflict[cmp.Or(r.OnConflict, schema.ConflictRename)], r.Size}, folder(r.ParentID),
		string(r.Key)}
	answer, err := c.do(ctx, k)
	if err != nil {
		return Dentry{}, err
	}
	d, err := readDentry(answer.Get("dentry").Object())
	if d.ID == "" {
		err = errors.New("it has no dentry.id")
	}
	if err != nil {
		return Dentry{}, c.of(k).Misread(err)
	}
	d = d.filled(r)
	c.mu.Lock()
	c.mine[d.ID] = true
	c.mu.Unlock()
	return d, nil
}

// needs says which of these, each with its name before it, are empty.
func needs(pairs ...string) error {
	var missing []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			missing = append(missing, pairs[i])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return errors.New("no " + strings.Join(missing, ", no "))
}

// folder is a folder's id, the root's if there is none.
func folder(id string) string { return cmp.Or(id, "0") }
