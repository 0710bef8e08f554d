// Package yomicloud is the drive's documented approval interface as Go calls: one method an endpoint, in the
// order of the vendor's document. It knows nothing of configurations, states or plans.
package yomicloud

import (
	"context"
	"net/http"
	"time"

	"countersign/schema"
)

// Options say how to reach a drive. The zero value of each field means its default.
type Options struct {
	Endpoint          string            // https://drive.example.com, with or without a path prefix
	Token             string            // sent as the form field token, never anywhere else
	Timeout           time.Duration     // for one call with its answer; default 30 s
	CAFile            string            // PEM file of certificate authorities trusted besides the system's
	Proxy             string            // proxy URL; default: HTTP_PROXY, HTTPS_PROXY, NO_PROXY
	Retries           int               // how often a read is tried again; default 4, negative: never
	RequestsPerSecond float64           // 0: no limit
	MaxConnections    int               // connections kept open at once; default 16
	UserAgent         string            // "countersign/VERSION"
	Transport         http.RoundTripper // used instead of the network (the embedded drive)
}

// Client talks to one drive. It is safe for use by many goroutines.
type Client struct{}

// New checks the options and returns a client; it makes no call.
func New(o Options) (*Client, error) { panic("not built") }

// Catalogue reads the approval types that the drive offers, and whatever names of users come with them (section 1, id 0).
func (c *Client) Catalogue(ctx context.Context) (schema.Catalogue, map[int64]schema.Person, error) {
	panic("not built")
}

// Template reads one template with the names of the users in it (section 1).
func (c *Client) Template(ctx context.Context, id, fileID int64) (schema.Live, map[int64]schema.Person, error) {
	panic("not built")
}

// Create makes a new template on a folder or file (section 2, tid 0). The answer holds no id.
func (c *Client) Create(ctx context.Context, scopeID int64, t schema.Template) error {
	panic("not built")
}

// Update rewrites the template live as t, keeping the content fields that t does not speak of (section 2).
func (c *Client) Update(ctx context.Context, live schema.Live, t schema.Template) error {
	panic("not built")
}

// Templates lists the templates in force on a folder or file, inherited ones included (section 3).
func (c *Client) Templates(ctx context.Context, fileID int64) (schema.Listing, error) {
	panic("not built")
}

// Managed is one row of the list of templates that the token may manage (section 4).
type Managed struct {
	ID    int64
	Title string
	Path  string
}

// Managed lists every template that the token may manage (section 4).
func (c *Client) Managed(ctx context.Context) ([]Managed, error) { panic("not built") }

// Remove removes a template (section 5).
func (c *Client) Remove(ctx context.Context, id int64) error { panic("not built") }

// Children lists what is in a folder (section 18: list-dir); 0 is the root.
func (c *Client) Children(ctx context.Context, folderID int64) ([]schema.Entry, error) {
	panic("not built")
}
