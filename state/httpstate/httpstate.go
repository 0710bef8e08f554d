// Package httpstate keeps a state on a server that speaks the protocol of Terraform's HTTP backend, such as GitLab. The
// state is the document at one address, the journal one at another; the lock is the server's. The protocol has no
// conditional write: a document is compared, then written whole, and only the lock keeps others out in between. The
// package does not know what the texts say, and follows no redirect.
package httpstate

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"countersign/providers/route"
	"countersign/state"
	"countersign/state/store"
)

// Options say how the server is reached. All but JournalAddress, Token, Headers and CAFile are what Terraform's backend
// has by that name.
type Options struct {
	Address        string
	UpdateMethod   string // "": POST
	LockAddress    string // "": there is no lock
	LockMethod     string // "": LOCK
	UnlockAddress  string // "": LockAddress
	UnlockMethod   string // "": UNLOCK
	JournalAddress string // "": Address with "-journal" at the end of its path

	Username, Password string            // basic authentication, if there is a user name
	Token              string            // bearer token; "": none
	Headers            map[string]string // sent with each call

	SkipCertVerification   bool
	ClientCACertificatePEM string // authorities trusted in the place of the system's; "": those and CAFile's
	ClientCertificatePEM   string
	ClientPrivateKeyPEM    string
	CAFile                 string // named by a person; "": none

	RetryMax                   int // how often a call is tried again
	RetryWaitMin, RetryWaitMax time.Duration
}

// Backend is one process that works on a state.
type Backend struct {
	Options
	client  *http.Client
	secrets route.Secrets
	log     *slog.Logger
	most    int // bytes that are read of a document

	mu   sync.Mutex
	held *store.LockInfo // the lock that Lock took; nil without one
}

// New fails when the options cannot be used; nothing is sent yet. The log, which may be nil, gets each call.
func New(o Options, log *slog.Logger) (*Backend, error) {
	for name, address := range map[string]*string{"address": &o.Address, "lock_address": &o.LockAddress,
		"unlock_address": &o.UnlockAddress, "journal_address": &o.JournalAddress} {
		if *address == "" && name != "address" {
			continue
		}
		u, err := url.Parse(*address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
			u.Fragment != "" {
			return nil, fmt.Errorf("%s of the state is not a web address without user name and password: %s", name,
				route.WithoutSecrets(*address))
		}
		if name == "address" && o.JournalAddress == "" {
			u.RawPath = ""
			u.Path = strings.TrimRight(u.Path, "/") + "-journal"
			o.JournalAddress = u.String()
		}
	}
	byDefault := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	byDefault(&o.UpdateMethod, http.MethodPost)
	byDefault(&o.LockMethod, "LOCK")
	byDefault(&o.UnlockMethod, "UNLOCK")
	byDefault(&o.UnlockAddress, o.LockAddress)
	if o.JournalAddress == o.Address {
		return nil, fmt.Errorf("journal_address must be another one than address")
	}
	transport, err := o.transport()
	if err != nil {
		return nil, err
	}
	keys := []string{o.Password, o.Token, o.ClientPrivateKeyPEM}
	for _, value := range o.Headers {
		keys = append(keys, value)
		if _, credentials, two := strings.Cut(value, " "); two {
			keys = append(keys, credentials)
		}
	}
	for _, address := range []string{o.Address, o.LockAddress, o.UnlockAddress, o.JournalAddress} {
		if _, query, found := strings.Cut(address, "?"); found {
			keys = append(keys, query)
		}
	}
	secrets := route.NewSecrets(keys, nil)
	return &Backend{Options: o, secrets: secrets, log: log, most: state.MaxSize, client: &http.Client{
		Transport: route.Observed(transport, log, secrets.Hide), Timeout: callTimeout,
		// A server must not choose where credentials and state go.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// callTimeout is how long one call may take.
const callTimeout = 2 * time.Minute

// Where implements store.Backend.
func (b *Backend) Where() store.Where {
	return store.Where{State: route.WithoutSecrets(b.Address), Journal: route.WithoutSecrets(b.JournalAddress)}
}

// Backup implements store.Backend. The protocol has none.
func (b *Backend) Backup() string { return "" }

// Load implements store.Backend. The version is the text's SHA-256.
func (b *Backend) Load(ctx context.Context, _ store.Version) ([]byte, store.Version, error) {
	text, err := b.get(ctx, b.Address)
	return text, store.VersionOf(text), err
}

// Replace implements store.Backend. Between the comparison and the write only the lock keeps others out.
func (b *Backend) Replace(ctx context.Context, _ state.Identity, text []byte, was store.Version) (
	store.Version, error) {
	if err := b.stillHeld(ctx); err != nil {
		return "", err
	}
	now, err := b.get(ctx, b.Address)
	if err != nil {
		return "", err
	}
	if store.VersionOf(now) != was {
		return "", store.ErrChanged
	}
	if now != nil && !state.IsState(bytes.NewReader(now)) {
		return "", fmt.Errorf("%s is in the way: it is not a state, and is left as it is", b.Where().State)
	}
	if err := b.put(ctx, b.withLock(b.Address), text, now); err != nil {
		return "", err
	}
	return store.VersionOf(text), nil
}

// withLock adds to an address the ID of the lock that this process holds. The server compares it.
func (b *Backend) withLock(address string) string {
	u, err := url.Parse(address)
	held := b.lock()
	if err != nil || held == nil {
		return address
	}
	query := u.Query()
	query.Set("ID", held.ID)
	u.RawQuery = query.Encode()
	return u.String()
}
