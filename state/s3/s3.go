// Package s3 keeps a state in a bucket of an S3 store, by conditional writes alone: each write says which version of
// its object it replaces (If-Match), or that there must be none (If-None-Match: *). It does not know what the texts
// say, and makes no bucket. A store that ignores conditions is refused; see probe.
//
// # Objects
//
// KEY is the state, and KEY.journal the lock and the journal in one (see run), so that one conditional write
// notes, renews the lock, and finds out whether it is still there. Of a long journal, what is in front is in parts,
// objects of their own that never change: what a write sends does not grow with the journal. KEY.probe is for probing.
//
// Every text that is written has a number in it that no other write has. So no two versions of an object have the same
// ETag, which in many stores is a sum of the text; an ETag that is gone never comes back; and a writer whose answer was
// lost finds out by reading whether what is there is its own.
//
// # Why a holder that was declared dead never writes again
//
// A lock that is not renewed runs out after a while, by the clock of the store. A process that takes it then, or by
// force-unlock, declares its holder dead. That one may only be asleep, with a write under way that names an old ETag.
//
//   - KEY.journal: the lock is in the object, so taking it changes the ETag, and that write is refused.
//   - KEY: before Lock or ForceUnlock returns, it writes the state again as it is, under a new number (see fence). The
//     old holder's write has either arrived before, and then the new holder reads it, or it is refused.
//
// A holder that wakes later could read the new ETag and then write. So a writer first has the ETag, then checks that it
// holds the lock still (see Backend.stillHeld), then writes. If the lock was lost before the check, the check finds it;
// if after, the state was written again after the ETag was read. A holder that unlocks without knowing what became of a
// write of the state fences it too, before the lock is free. The fence, which counts how often the lock was taken,
// stands in both objects for people; it is the ETag that keeps the old holder out.
package s3

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"countersign/providers/route"
	"countersign/state"
	"countersign/state/store"
)

// Options say where the state is. All but the last four are what Terraform's backend has by that name.
type Options struct {
	Bucket, Key  string
	Region       string
	Endpoint     string // "": that of AWS for the region
	UsePathStyle bool   // the bucket in the path, not in the host's name
	Encrypt      bool   // at rest, by the store, with its own key or that of KMSKeyID
	KMSKeyID     string

	AccessKeyID, SecretAccessKey, SessionToken string
	CAFile                                     string // named by a person; "": none
}

// String leaves the secrets out, so that options printed by mistake show none.
func (o Options) String() string { return fmt.Sprintf("s3://%s/%s", o.Bucket, o.Key) }

// GoString is String, for %#v.
func (o Options) GoString() string { return o.String() }

// Backend is one process that works on a state.
type Backend struct {
	Options
	store      minio.Core
	encryption encrypt.ServerSide // nil: the bucket's own
	secrets    route.Secrets
	tries      route.Tries
	log        *slog.Logger
	expiry     time.Duration // of a lock that is not renewed
	most       int           // bytes that are read of an object, and of all parts of a journal

	mu      sync.Mutex // held while KEY.journal is written; guards what follows
	seen    *seen      // KEY.journal as it was read or written last; nil when that is not known
	held    *hold      // the lock that Lock took; nil without one
	unknown bool       // what became of a write of the state
	probed  bool
}

// hold is a lock that was taken.
type hold struct {
	info  store.LockInfo
	fence uint64
	stop  func() // ends the heart-beats; nil without them
}

// New fails when the options cannot be used; nothing is sent yet. The log, which may be nil, gets each call.
func New(o Options, log *slog.Logger) (*Backend, error) {
	if o.AccessKeyID == "" || o.SecretAccessKey == "" {
		return nil, errors.New("the state in the bucket " + o.Bucket + " cannot be reached without credentials: set " +
			"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, and AWS_SESSION_TOKEN where they are " +
			"temporary")
	}
	address := o.Endpoint
	if address == "" {
		address = "https://s3.amazonaws.com" // the region's own is chosen by its name
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("endpoint of the state is not a web address without path, user name and password: %s",
			route.WithoutSecrets(address))
	}
	transport, err := route.Network{CAFile: o.CAFile, IdlePerHost: 4}.Transport(address)
	if err != nil {
		return nil, err
	}
	b := &Backend{Options: o, log: log, expiry: 2 * time.Minute, most: state.MaxSize,
		tries:   route.Tries{Again: 5, Pauses: route.Pauses},
		secrets: route.NewSecrets([]string{o.AccessKeyID, o.SecretAccessKey, o.SessionToken}, nil)}
	switch {
	case o.Encrypt && o.KMSKeyID != "":
		if b.encryption, err = encrypt.NewSSEKMS(o.KMSKeyID, nil); err != nil {
			return nil, err
		}
	case o.Encrypt:
		b.encryption = encrypt.NewSSE()
	}
	lookup := minio.BucketLookupDNS
	if o.UsePathStyle {
		lookup = minio.BucketLookupPath
	}
	b.store.Client, err = minio.New(u.Host, &minio.Options{Secure: u.Scheme == "https", Region: o.Region,
		BucketLookup: lookup, Transport: route.Observed(transport, log, b.secrets.Hide), MaxRetries: 1,
		Creds: credentials.NewStaticV4(o.AccessKeyID, o.SecretAccessKey, o.SessionToken)})
	return b, err
}

// address is an object's, in the words of people.
func (b *Backend) address(key string) string { return "s3://" + b.Bucket + "/" + key }

func (b *Backend) journalKey() string { return b.Key + ".journal" }

// Where implements store.Backend.
func (b *Backend) Where() store.Where {
	return store.Where{State: b.address(b.Key), Journal: b.address(b.journalKey())}
}

// Backup implements store.Backend. The store may keep versions.
func (b *Backend) Backup() string {
	return "an earlier version of " + b.address(b.Key) + ", where the bucket keeps versions"
}

// Load implements store.Backend. The version is the object's ETag.
func (b *Backend) Load(ctx context.Context, known store.Version) ([]byte, store.Version, error) {
	o, err := b.get(ctx, b.Key, string(known))
	if err != nil || o.etag == "" {
		return nil, "", err
	}
	if o.body == nil {
		return nil, known, nil
	}
	text := unnumbered(o.body)
	if text == nil {
		return nil, "", nil
	}
	return text, store.Version(o.etag), nil
}

// The number of a write stands in a state's text as its last member, after the fence under which it was written. The
// text of no state is that member alone.
var (
	numberOf = regexp.MustCompile(`,"s3_write":"\d+ [0-9a-f-]{36}"\}\s*$`)
	noState  = regexp.MustCompile(`^\{"s3_write":"\d+ [0-9a-f-]{36}"\}\s*$`)
)

// numbered is a text, nil for none, with the number of a new write.
func numbered(text []byte, fence uint64) ([]byte, error) {
	member := fmt.Sprintf(`"s3_write":"%d %s"`, fence, uuid.NewString())
	if text == nil {
		return []byte("{" + member + "}\n"), nil
	}
	end := len(strings.TrimRight(string(text), " \t\r\n")) - 1
	if end < 0 || text[end] != '}' {
		return nil, errors.New("it is no object of JSON")
	}
	return fmt.Appendf(nil, "%s,%s%s", text[:end], member, text[end:]), nil
}

// unnumbered is the text that numbered was given. Somebody may have put a state there by hand, without a number.
func unnumbered(body []byte) []byte {
	if noState.Match(body) {
		return nil
	}
	tail := max(0, len(body)-200) // a pattern that is anchored at the end is looked for from the start
	at := numberOf.FindIndex(body[tail:])
	if at == nil {
		return body
	}
	start := tail + at[0]
	end := start + strings.IndexByte(string(body[start:]), '}')
	return append(body[:start:start], body[end:]...)
}

// Replace implements store.Backend.
func (b *Backend) Replace(ctx context.Context, _ state.Identity, text []byte, was store.Version) (
	store.Version, error) {
	etag := string(was)
	if was == "" { // there may be an object that says that there is no state
		now, err := b.get(ctx, b.Key, "")
		if err != nil {
			return "", err
		}
		if now.etag != "" && unnumbered(now.body) != nil {
			return "", b.lostOr(ctx, store.ErrChanged)
		}
		etag = now.etag
	}
	b.mu.Lock()
	err := b.stillHeld(ctx)
	if err == nil {
		err = b.probe(ctx)
	}
	fence := b.fenced()
	b.mu.Unlock()
	if err != nil {
		return "", err
	}
	body, err := numbered(text, fence)
	if err != nil {
		return "", err
	}
	v, err := b.put(ctx, b.Key, body, etag)
	var changed *changedError
	switch {
	case errors.As(err, &changed):
		return "", b.lostOr(ctx, store.ErrChanged)
	case errors.Is(err, store.ErrUnknown):
		b.mu.Lock()
		b.unknown = true
		b.mu.Unlock()
	}
	return store.Version(v), err
}

// lostOr is ErrLockLost if that is why something was not done, and otherwise the other error.
func (b *Backend) lostOr(ctx context.Context, other error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.stillHeld(ctx); errors.Is(err, store.ErrLockLost) {
		return err
	}
	return other
}

// fence writes the state again as it is, under a new number, so that no earlier write can still take effect. b.mu is
// held, and the lock.
func (b *Backend) fence(ctx context.Context) error {
	for {
		now, err := b.get(ctx, b.Key, "")
		if err != nil {
			return err
		}
		if err := b.stillHeld(ctx); err != nil {
			return err
		}
		var text []byte
		if now.etag != "" {
			text = unnumbered(now.body)
		}
		body, err := numbered(text, b.fenced())
		if err != nil {
			return fmt.Errorf("%s is in the way: %w; move it away", b.address(b.Key), err)
		}
		var changed *changedError
		if _, err = b.put(ctx, b.Key, body, now.etag); !errors.As(err, &changed) {
			return err
		}
	}
}
