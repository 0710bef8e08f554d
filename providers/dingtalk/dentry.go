package dingtalk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/schema/spelling"
)

// Dentry is a file or folder of a space (wire facts, A5). Fields that the service left out are empty.
type Dentry struct {
	ID         string // what approvals call fileId
	SpaceID    string
	ParentID   string // "0" is the root
	Name       string
	Size       int64  // bytes
	Extension  string // without a dot
	Folder     bool
	Deleted    bool
	CreatorID  string // union id
	ModifierID string // union id
	Created    string // in one of several forms; see the vendor's notes
	Modified   string
}

func readDentry(o jsontext.Object) (Dentry, error) {
	text := func(key string) string { return strings.Clone(o.Get(key).Words()) }
	size, err := number(o, "size")
	return Dentry{
		ID: text("id"), SpaceID: text("spaceId"), ParentID: text("parentId"), Name: text("name"), Size: size,
		Extension: text("extension"),
		Folder:    strings.EqualFold(text("type"), "FOLDER"),
		Deleted:   text("status") != "" && !strings.EqualFold(text("status"), "NORMAL"),
		CreatorID: text("creatorId"), ModifierID: text("modifierId"),
		Created: text("createTime"), Modified: text("modifiedTime"),
	}, err
}

// filled is a committed file with what the answer left out put in from what was sent.
func (d Dentry) filled(r Commit) Dentry {
	d.SpaceID = cmp.Or(d.SpaceID, r.SpaceID)
	d.ParentID = cmp.Or(d.ParentID, folder(r.ParentID))
	if d.Name == "" {
		d.Name, d.Size = r.Name, cmp.Or(d.Size, r.Size)
	}
	if _, extension := split(d.Name); d.Extension == "" {
		d.Extension = extension
	}
	return d
}

// Search says which files of a folder are looked for.
type Search struct {
	SpaceID  string
	UnionID  string
	ParentID string // "" is the root
	Name     string
	Renamed  bool      // also what Rename makes of the name: name(1).ext
	Since    time.Time // only files written at or after this time, by the service's clock; zero: all
}

// Find returns the files of a folder that bear a name, the last modified first: GET
// /v1.0/storage/spaces/{spaceId}/dentries?parentId=&orderBy=MODIFIED_TIME&order=DESC (vendor's page "Get the list of
// files or folders"), page by page. With Since, a file whose times cannot be read is an error, because it is not known
// whether it belongs to the answer.
func (c *Client) Find(ctx context.Context, s Search) ([]Dentry, error) {
	k := call{
		name:   callFind,
		method: http.MethodGet,
		path:   "/v1.0/storage/spaces/" + url.PathEscape(s.SpaceID) + "/dentries",
		about:  fmt.Sprintf("file %s, folder %s, space %s", s.Name, folder(s.ParentID), s.SpaceID),
	}
	if err := needs("space id", s.SpaceID, "union id", s.UnionID, "name", s.Name); err != nil {
		return nil, c.of(k).Refuse(err)
	}
	fits := s.fits()
	var found []Dentry
	next, seen, read := "", map[string]bool{}, 0
	for {
		k.query = url.Values{
			"unionId": {s.UnionID}, "parentId": {folder(s.ParentID)}, "maxResults": {"50"},
			"orderBy": {"MODIFIED_TIME"}, "order": {"DESC"},
		}
		if next != "" {
			k.query.Set("nextToken", next)
		}
		answer, err := c.do(ctx, k)
		if err != nil {
			return nil, err
		}
		// {} is how a service writes a list of none that leaves out what is empty.
		if answer.Get("dentries") == "" && (len(answer) > 0 || next != "") {
			return nil, c.of(k).Misread(errors.New("it has no dentries")) // none would look like not staged
		}
		page, err := list(answer, "dentries")
		if err != nil {
			return nil, c.of(k).Misread(err)
		}
		older := len(page) > 0 && !s.Since.IsZero()
		for _, o := range page {
			d, err := readDentry(o)
			if err != nil {
				return nil, c.of(k).Misread(err)
			}
			d.SpaceID = cmp.Or(d.SpaceID, s.SpaceID)
			written, readable := d.written()
			recent := s.Since.IsZero() || readable && written.After(s.Since)
			older = older && readable && !recent
			if d.ID == "" || d.Folder || d.Deleted || !fits(d.Name) || readable && !recent {
				continue
			}
			if !recent {
				return nil, c.of(k).Misread(fmt.Errorf(
					"there is a file of that name, id %s, and its times cannot be read", route.Words(d.ID)))
			}
			found = append(found, d)
		}
		next = strings.Clone(answer.Get("nextToken").Words())
		read += len(page)
		switch {
		case older:
			return found, nil
		case next == "":
			if why := shortPage(answer, read); why != "" {
				return nil, c.of(k).Misread(fmt.Errorf("%w: %s", route.ErrShort, why))
			}
			return found, nil
		case seen[next] || len(seen) == mostPages:
			return nil, c.of(k).Misread(errors.New("its pages never end"))
		}
		seen[next] = true
	}
}

// mostPages bounds how far a folder is looked through: to a hundred thousand files.
const mostPages = 2000

// shortPage says why a page is not the last one, although it names no other; "" if nothing says so. read is how many
// files this page and those before it have.
func shortPage(page jsontext.Object, read int) string {
	return route.Words(route.Incomplete(read, func(yield func(string, jsontext.Value) bool) {
		for _, m := range page {
			if m.Key != "dentries" && m.Key != "nextToken" && !yield(m.Key, m.Value) {
				return
			}
		}
		yield("nextToken", "")
	}))
}

func (s Search) fits() func(string) bool {
	if !s.Renamed {
		return func(name string) bool { return spelling.Same(name, s.Name) }
	}
	stem, extension := split(spelling.Form(s.Name))
	if extension != "" {
		extension = "." + extension
	}
	return func(name string) bool {
		name = spelling.Form(name)
		rest, begins := strings.CutPrefix(name, stem)
		rest, ends := strings.CutSuffix(rest, extension)
		return spelling.Same(name, s.Name) || begins && ends && counted.MatchString(rest)
	}
}

// counted is what Rename puts behind a name's stem. The service has been seen to write no blank.
var counted = regexp.MustCompile(`^ ?\(\d+\)$`)

// split divides a name at its last dot; the dot is in neither half.
func split(name string) (stem, extension string) {
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		return name[:dot], name[dot+1:]
	}
	return name, ""
}

// written is the end of the second or minute in which a file was written last, and whether that can be read.
func (d Dentry) written() (time.Time, bool) {
	created, a := readTime(d.Created)
	modified, b := readTime(d.Modified)
	if created.After(modified) {
		return created, a || b
	}
	return modified, a || b
}

// shanghai is what production means by CST in its times; Go would take it for a zone of no offset.
var shanghai = time.FixedZone("CST", 8*60*60)

// readTime reads the three forms that times come in: with seconds, without, and as Java prints them (wire facts, A5).
func readTime(s string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.Add(time.Second), true
	}
	if t, err := time.Parse("2006-01-02T15:04Z07:00", s); err == nil {
		return t.Add(time.Minute), true
	}
	if before, after, ok := strings.Cut(s, " CST "); ok {
		if t, err := time.ParseInLocation("Mon Jan 2 15:04:05 2006", before+" "+after, shanghai); err == nil {
			return t.Add(time.Second), true
		}
	}
	return time.Time{}, false
}
