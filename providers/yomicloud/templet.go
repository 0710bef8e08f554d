package yomicloud

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/providers/yomicloud/wire"
	"countersign/schema"
)

// The endpoints for templates, sections 1 to 5 of the document.
const (
	pathContent = "/app/approval/templet-content"
	pathSet     = "/app/approval/set-templet"
	pathList    = "/app/approval/templet-list"
	pathManaged = "/app/approval/templet-list2"
	pathRemove  = "/app/approval/remove-templet"
)

func decimal(n int64) []string { return []string{strconv.FormatInt(n, 10)} }

// Catalogue reads the approval types that the drive offers, and whatever names of users come with them (section 1,
// id 0).
func (c *Client) Catalogue(ctx context.Context) (schema.Catalogue, map[int64]schema.Person, error) {
	k := call{path: pathContent, about: "id 0", form: url.Values{"id": {"0"}, "fileId": {"0"}}}
	a, err := c.post(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	defer a.done()
	rows, err := a.rows()
	var types schema.Catalogue
	if err == nil {
		types, err = readCatalogue(rows)
	}
	if err == nil {
		err = a.whole(len(types))
	}
	if err == nil {
		types, err = withoutRepeats(types)
	}
	if err != nil {
		return nil, nil, c.of(k).Misread(err)
	}
	return types, wire.ReadPeople(a.Get("userinfo")), nil
}

// readCatalogue reads rows of id, name, extent, extra input, upload (section 1). The last two may be missing.
func readCatalogue(rows []jsontext.Value) (schema.Catalogue, error) {
	types := make(schema.Catalogue, 0, len(rows))
	for i, row := range rows {
		columns, err := row.List()
		if err != nil {
			return nil, fmt.Errorf("row %d %w", i+1, err)
		}
		if len(columns) < 3 {
			return nil, fmt.Errorf("row %d has %d columns; id, name and extent are needed", i+1, len(columns))
		}
		var t schema.ApprovalType
		if t.ID, err = wire.ReadTypeID(columns[0]); err == nil && t.ID == "" {
			err = errors.New("is missing")
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: id %w", i+1, err)
		}
		t.ID, t.Name = strings.Clone(strings.TrimSpace(t.ID)), strings.Clone(strings.TrimSpace(columns[1].Words()))
		if t.AppliesTo, err = wire.Meaning(columns[2], wire.Extents); err != nil {
			return nil, fmt.Errorf("row %d (%s): extent %w", i+1, t.Name, err)
		}
		days, upload := extras(columns)
		t.NeedsDays, t.NeedsUpload, t.NeedsFolder = days == extraDays, upload == extraUpload, upload == extraFolder
		types = append(types, t)
	}
	return types, nil
}

// withoutRepeats is a catalogue with each type once. Two that have one id and differ are an error.
func withoutRepeats(types schema.Catalogue) (schema.Catalogue, error) {
	once := types[:0:0]
	for _, t := range types {
		switch other, twice := once.ByID(t.ID); {
		case !twice:
			once = append(once, t)
		case other != t:
			return nil, fmt.Errorf("type %s stands twice, as %q and as %q, and they differ", t.ID, other.Name, t.Name)
		}
	}
	return once, nil
}

// What the last two columns of the catalogue ask of the person who raises an approval (section 1). Other numbers of the
// extra input are kept for later, the document says.
const (
	extraUntold = -1 // nothing is said
	extraDays   = 1
	extraUpload = 1
	extraFolder = 2
)

// extras reads the last two columns of a row of the catalogue.
func extras(columns []jsontext.Value) (days, upload int64) {
	column := func(i int) int64 {
		if i < len(columns) {
			if n, ok, err := columns[i].Integer(); ok && err == nil {
				return n
			}
		}
		return extraUntold
	}
	return column(3), column(4)
}

// Template reads one template with the names of the users in it (section 1). Its fileID may be 0. Only an error with
// NotFound says that there is no such template.
func (c *Client) Template(ctx context.Context, id, fileID int64) (schema.Live, map[int64]schema.Person, error) {
	live, known, _, err := c.template(ctx, id, fileID)
	return live, known, err
}

// template is Template with the catalogue that comes beside it, unread.
func (c *Client) template(ctx context.Context, id, fileID int64) (schema.Live, wire.People, jsontext.Value, error) {
	k := call{path: pathContent, about: fmt.Sprintf("id %d, fileId %d", id, fileID),
		form: url.Values{"id": decimal(id), "fileId": decimal(fileID)}}
	a, err := c.post(ctx, k)
	if err != nil {
		return schema.Live{}, nil, "", err
	}
	defer a.done()
	v := a.Get("templet")
	if v.None() {
		return schema.Live{}, nil, "", empty(c.of(k), v == "null" && a.Get("data").Is('[') && a.Get("data") != "[]")
	}
	known := wire.ReadPeople(a.Get("userinfo"))
	live, err := readTemplate(v, known)
	if err == nil && live.ID != id {
		err = fmt.Errorf("template %d came instead", live.ID)
	}
	if err != nil {
		return schema.Live{}, nil, "", c.of(k).Misread(fmt.Errorf("templet: %w", err))
	}
	known.Learn(live.Template)
	return live, known, a.Get("data"), nil
}

// readTemplate reads a template as sections 1 and 3 show it. Its content is a JSON text inside a JSON string, kept
// whole as Opaque, so that Update can write back the fields that are not understood here.
func readTemplate(v jsontext.Value, known wire.People) (schema.Live, error) {
	var live schema.Live
	if !v.Is('{') {
		return live, fmt.Errorf("it is %s, not an object", v.Shown())
	}
	o := v.Object()
	live.Creator, _ = o.Get("creatorId").Number() // for information alone
	live.Editor, _ = o.Get("editorId").Number()
	live.Edited = o.Get("edittime").Moment()
	live.ID, _, _ = o.Get("id").Integer()
	switch n, wrong := o.Get("id").ID(); {
	case wrong != nil:
		return live, fmt.Errorf("id %w", wrong)
	case n <= 0:
		return live, fmt.Errorf("id is %d", n)
	}
	switch n, wrong := o.Get("fileId").ID(); {
	case wrong != nil:
		return live, fmt.Errorf("fileId %w", wrong)
	case n < 0:
		return live, fmt.Errorf("fileId is %d", n)
	default:
		live.ScopeID = n
	}
	// This title counts should the content turn out to be unreadable.
	title := strings.Clone(o.Get("title").Words())
	live.Template.Title = strings.TrimSpace(title)
	extent, err := schema.AppliesToAny, error(nil)
	if mType := o.Get("mType"); mType != "" {
		if extent, err = wire.Meaning(mType, wire.Extents); err != nil {
			return live, fmt.Errorf("mType %w", err)
		}
	}
	content := o.Get("content")
	if content.Is('"') {
		live.Opaque = content.Text()
	} else {
		live.Opaque = strings.Clone(string(content))
	}
	inner, ok := jsontext.Parse(live.Opaque)
	if !ok {
		return live, fmt.Errorf("content is not JSON: %s", jsontext.Value(route.Words(live.Opaque)).Shown())
	}
	live.Opaque = string(inner)
	t, err := wire.ReadContent(inner, known)
	if err != nil {
		return live, fmt.Errorf("content: %w", err)
	}
	t.AppliesTo = extent
	if strings.TrimSpace(t.Title) == "" {
		t.Title = title
	}
	live.Template = t.Normalise()
	return live, nil
}

// CreateLike makes a new template on a folder or file (section 2, tid 0). The answer holds no id. Content fields that t
// does not speak of are taken from opaque, the schema.Live.Opaque of a template that it takes the place of; "" is none.
func (c *Client) CreateLike(ctx context.Context, scopeID int64, t schema.Template, opaque string) error {
	return c.set(ctx, schema.Live{ScopeID: scopeID, Opaque: opaque}, t)
}

// Update rewrites the template live as t, keeping the content fields that t does not speak of (section 2).
func (c *Client) Update(ctx context.Context, live schema.Live, t schema.Template) error {
	if live.ID <= 0 {
		// tid 0 would make a new one.
		return c.of(call{path: pathSet, about: fmt.Sprintf("fileId %d, tid %d", live.ScopeID, live.ID)}).Refuse(
			errors.New("the template to update has no id"))
	}
	return c.set(ctx, live, t)
}

func (c *Client) set(ctx context.Context, live schema.Live, t schema.Template) error {
	t = t.Normalise()
	k := call{path: pathSet, about: fmt.Sprintf("fileId %d, tid %d, title %s", live.ScopeID, live.ID,
		route.Words(t.Title))}
	w, mType, errs := wire.OfTemplate(t)
	if live.ScopeID <= 0 {
		errs = append(errs, fmt.Errorf("the folder or file has no id"))
	}
	old, ok := jsontext.Parse(live.Opaque)
	if live.Opaque != "" && (!ok || !old.Is('{')) {
		errs = append(errs, errors.New(
			"the content it had is not a JSON object, so that its other fields cannot be kept"))
	}
	if len(errs) > 0 {
		return c.of(k).Refuse(errs...)
	}
	content, err := wire.WriteContent(w, old)
	if err != nil {
		return c.of(k).Refuse(err)
	}
	k.form = url.Values{
		"fileId":  decimal(live.ScopeID),
		"tid":     decimal(live.ID),
		"title":   {t.Title},
		"mType":   {strconv.Itoa(mType)},
		"content": {content},
	}
	return c.carryOut(ctx, k)
}

// Templates lists the templates in force on a folder or file, inherited ones included (section 3). One whose content
// cannot be read is in the list and says so (schema.Live.Unreadable); one without an id fails the whole list, as does
// an answer without a list: a template left out would look like one that was removed. null in the list's place is how
// some drives write a list of none.
func (c *Client) Templates(ctx context.Context, fileID int64) (schema.Listing, error) {
	k := call{path: pathList, about: fmt.Sprintf("fileId %d", fileID), form: url.Values{"fileId": decimal(fileID)}}
	a, err := c.post(ctx, k)
	if err != nil {
		return schema.Listing{}, err
	}
	defer a.done()
	rows, err := a.rows()
	var l schema.Listing
	if err == nil {
		l, err = readListing(rows, a.Get("userinfo"))
	}
	for i, live := range l.Templates {
		l.Templates[i].Unreadable = c.hide(live.Unreadable) // it repeats what cannot be read
	}
	if err == nil {
		err = a.whole(len(l.Templates))
	}
	if err != nil {
		return schema.Listing{}, c.of(k).Misread(err)
	}
	return l, nil
}

func readListing(entries []jsontext.Value, userinfo jsontext.Value) (schema.Listing, error) {
	known := wire.ReadPeople(userinfo)
	l := schema.Listing{Templates: make([]schema.Live, len(entries)), People: known}
	var errs []error
	for i, v := range entries {
		live, err := readTemplate(v, known)
		switch {
		case err != nil && live.ID != 0 && live.ScopeID != 0:
			live.Unreadable = err.Error()
		case err != nil && live.ID != 0:
			errs = append(errs, fmt.Errorf("template %d: %w", live.ID, err))
		case err != nil:
			errs = append(errs, fmt.Errorf("entry %d of the list: %w", i+1, err))
		}
		l.Templates[i] = live
	}
	if len(errs) > 0 {
		return schema.Listing{}, route.JoinErrors(errs)
	}
	for _, live := range l.Templates {
		if live.Unreadable == "" {
			known.Learn(live.Template)
		}
	}
	return l, nil
}

// Managed lists every template that the token may manage (section 4).
func (c *Client) Managed(ctx context.Context) ([]schema.Managed, error) {
	k := call{path: pathManaged}
	a, err := c.post(ctx, k)
	if err != nil {
		return nil, err
	}
	defer a.done()
	rows, err := a.rows()
	if err == nil {
		err = a.whole(len(rows))
	}
	if err != nil {
		return nil, c.of(k).Misread(err)
	}
	list := make([]schema.Managed, len(rows))
	for i, row := range rows {
		o := row.Object()
		list[i].Title, list[i].Path = o.Get("title").Words(), o.Get("path").Words()
		if list[i].ID, err = o.Get("id").ID(); err != nil {
			return nil, c.of(k).Misread(fmt.Errorf("entry %d of the list (%s): id %w", i+1,
				route.Words(list[i].Title), err))
		}
	}
	return list, nil
}

// Remove removes a template (section 5). Approvals already raised with it go on.
func (c *Client) Remove(ctx context.Context, id int64) error {
	k := call{path: pathRemove, about: fmt.Sprintf("id %d", id), form: url.Values{"id": decimal(id)}}
	if id <= 0 {
		return c.of(k).Refuse(errors.New("the template to remove has no id"))
	}
	return c.carryOut(ctx, k)
}
