package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"countersign/providers/route"
	"countersign/state/store"
)

// object is one as it was read. Without an etag there is none; without a body it is the one that was known.
type object struct {
	body []byte
	etag string
	age  time.Duration // since it was written, by the store's clock; negative when it does not say
}

// changedError says that a condition did not hold.
type changedError struct{ now object }

func (e *changedError) Error() string { return "another version is there than was to be replaced" }

// How long one call may take: of a state, which may be long, and of all else, so that a lock is renewed in time.
const stateTime, shortTime = 2 * time.Minute, 20 * time.Second

func (b *Backend) limited(ctx context.Context, key string) (context.Context, context.CancelFunc) {
	if key == b.Key {
		return context.WithTimeout(ctx, stateTime)
	}
	return context.WithTimeout(ctx, shortTime)
}

// call is a request for an object.
func (b *Backend) call(method, key string) route.Call {
	k := route.Call{Service: "state", Name: method, URL: b.address(key), About: "at " + b.store.EndpointURL().String(),
		Does: route.Reads, Hide: b.secrets.Hide, Advise: advice}
	if method == http.MethodPut {
		k.Does = route.Writes
	}
	return k
}

// try makes a call again and again. The log gets each try.
func (b *Backend) try(ctx context.Context, method, key string, try func(context.Context) route.Outcome) (
	stopped error) {
	_, stopped = b.tries.Do(ctx, b.call(method, key).Logged(b.log, try))
	return stopped
}

// get reads an object, unless its version is the one known, "" for none.
func (b *Backend) get(ctx context.Context, key, known string) (o object, err error) {
	stopped := b.try(ctx, http.MethodGet, key, func(ctx context.Context) route.Outcome {
		o, err = b.getOnce(ctx, key, known)
		return route.Outcome{Err: err, Again: transient(err)}
	})
	return o, route.StoppedBy(b.failed(ctx, http.MethodGet, key, err), stopped)
}

func (b *Backend) getOnce(ctx context.Context, key, known string) (object, error) {
	ctx, cancel := b.limited(ctx, key)
	defer cancel()
	var options minio.GetObjectOptions
	if known != "" {
		if err := options.SetMatchETagExcept(known); err != nil {
			return object{}, err
		}
	}
	in, info, header, err := b.store.GetObject(ctx, b.Bucket, key, options)
	if err != nil {
		said := minio.ToErrorResponse(err)
		switch {
		case said.StatusCode == http.StatusNotModified && known != "":
			return object{etag: known}, nil
		case said.StatusCode == http.StatusNotFound && said.Code == minio.NoSuchKey && said.XMLName.Local == "Error":
			return object{}, nil // said by a store, and not by whatever else may stand at the address
		}
		return object{}, err
	}
	defer in.Close()
	body, err := io.ReadAll(io.LimitReader(in, int64(b.most)+1))
	switch {
	case err != nil:
		return object{}, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	case len(body) > b.most:
		return object{}, fmt.Errorf("it has more than %d bytes", b.most)
	case info.Size >= 0 && int64(len(body)) != info.Size:
		return object{}, fmt.Errorf("%d of its %d bytes came", len(body), info.Size)
	case info.ETag == "":
		return object{}, errors.New("the store did not say its ETag, by which versions are told apart")
	}
	o := object{body: body, etag: info.ETag, age: -1}
	if now, err := http.ParseTime(header.Get("Date")); err == nil && !info.LastModified.IsZero() {
		o.age = max(0, now.Sub(info.LastModified))
	}
	return o, nil
}

// put writes an object in the place of the version was, "" for none, and returns its ETag. Where another is there, the
// error is a *changedError. Nobody else may ever write the same body: when an answer is lost, or a try after a lost
// answer is refused, reading what is there shows whether it was this write.
func (b *Backend) put(ctx context.Context, key string, body []byte, was string) (etag string, err error) {
	unknown := false
	settle := func(ctx context.Context) error {
		now, failed := b.getOnce(ctx, key, "")
		switch {
		case failed != nil:
			return failed
		case now.etag != "" && bytes.Equal(now.body, body):
			etag, err = now.etag, nil
		case now.etag != was:
			err = &changedError{now}
		default:
			return store.ErrUnknown
		}
		unknown = false
		return nil
	}
	stopped := b.try(ctx, http.MethodPut, key, func(ctx context.Context) route.Outcome {
		if etag, err = b.putOnce(ctx, key, body, was); err == nil {
			unknown = false
			return route.Outcome{}
		}
		if refused(err, was) {
			if failed := settle(ctx); failed != nil {
				// Refused, and nothing changed: by a proxy, or a proxy has sent the call twice.
				unknown = true
				return route.Outcome{Err: err, Again: true}
			}
			return route.Outcome{Err: err}
		}
		unknown = unknown || transient(err) && !conflicted(err)
		return route.Outcome{Err: err, Again: transient(err) || conflicted(err)}
	})
	if unknown {
		if failed := settle(ctx); failed != nil {
			err = fmt.Errorf("%w: %w", store.ErrUnknown, b.failed(ctx, http.MethodPut, key, err))
			return "", route.StoppedBy(err, stopped)
		}
	}
	var changed *changedError
	if errors.As(err, &changed) {
		return "", err
	}
	return etag, route.StoppedBy(b.failed(ctx, http.MethodPut, key, err), stopped)
}

// refused reports whether a condition did not hold.
func refused(err error, was string) bool {
	said := minio.ToErrorResponse(err)
	return said.StatusCode == http.StatusPreconditionFailed ||
		said.StatusCode == http.StatusNotFound && said.Code == minio.NoSuchKey && was != ""
}

func (b *Backend) putOnce(ctx context.Context, key string, body []byte, was string) (etag string, err error) {
	ctx, cancel := b.limited(ctx, key)
	defer cancel()
	options := minio.PutObjectOptions{ContentType: "application/json", ServerSideEncryption: b.encryption,
		DisableContentSha256: true} // in chunks, which not every store knows: the sum of the whole is given
	if was == "" {
		options.SetMatchETagExcept("*")
	} else {
		options.SetMatchETag(was)
	}
	of, sum := md5.Sum(body), sha256.Sum256(body)
	done, err := b.store.PutObject(ctx, b.Bucket, key, bytes.NewReader(body), int64(len(body)),
		base64.StdEncoding.EncodeToString(of[:]), hex.EncodeToString(sum[:]), options)
	if err == nil && done.ETag == "" {
		err = errors.New("the store did not say the ETag of what it has written, by which versions are told apart")
	}
	return done.ETag, err
}

// probe finds out, once in each process, before the first write, whether the store heeds conditions. It writes an
// object that nobody reads, twice over: that there must be none, and then that it must be one that it is not.
func (b *Backend) probe(ctx context.Context) error {
	if b.probed {
		return nil
	}
	key := b.Key + ".probe"
	const text = `"Written by Countersign, to find out whether this store heeds the conditions of writes."` + "\n"
	try := func(was string) (done bool, err error) {
		stopped := b.try(ctx, http.MethodPut, key, func(ctx context.Context) route.Outcome {
			_, err = b.putOnce(ctx, key, []byte(text), was)
			if done = err == nil; refused(err, was) {
				err = nil
			}
			return route.Outcome{Err: err, Again: transient(err) || conflicted(err)}
		})
		return done, route.StoppedBy(b.failed(ctx, http.MethodPut, key, err), stopped)
	}
	made, err := try("")
	if err == nil && made { // the first time
		made, err = try("")
	}
	if err != nil {
		return err
	}
	header := "If-None-Match"
	if !made {
		header = "If-Match"
		if made, err = try("00000000000000000000000000000000"); err != nil {
			return err
		}
	}
	if made {
		return fmt.Errorf("the store at %s ignores the conditions of writes: with %s, %s was written, "+
			"and must not have been. Two runs at once would write over each other's state there, so it is not used, "+
			"and nothing else has been written: take a store that heeds conditions (docs/state.md names those that "+
			"were tried), ask whoever runs it or a proxy before it, or keep the state elsewhere",
			b.store.EndpointURL(), header, b.address(key))
	}
	b.probed = true
	return nil
}

// conflicted reports whether a write was refused because of another at the same time: nothing was done.
func conflicted(err error) bool { return minio.ToErrorResponse(err).StatusCode == http.StatusConflict }

// transient reports whether the next try may end otherwise.
func transient(err error) bool {
	if err == nil {
		return false
	}
	if status := minio.ToErrorResponse(err).StatusCode; status != 0 {
		return route.Transient(status)
	}
	return !route.Permanent(err)
}

// failed says which call failed, how, and what to do, without secrets.
func (b *Backend) failed(ctx context.Context, method, key string, err error) error {
	if err == nil {
		return nil
	}
	said := minio.ToErrorResponse(err)
	e := route.Error{Status: said.StatusCode, Code: said.Code, Message: said.Message, RequestID: said.RequestID}
	if said.StatusCode == 0 {
		e = route.Error{Err: route.Cause(ctx, ctx, err)}
	}
	return b.call(method, key).Fail(e)
}

// advice is what to do about a refusal.
func advice(said *route.Error) string {
	switch said.Code {
	case minio.NoSuchBucket:
		return "make the bucket, or write another one; Countersign makes none"
	case "InvalidAccessKeyId", "SignatureDoesNotMatch":
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key of this store"
	case "ExpiredToken", "InvalidToken":
		return "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew: they were temporary"
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "InvalidRegion":
		return "write the bucket's own region"
	case "NotImplemented":
		return "the store may not know conditional writes; docs/state.md names those that were tried"
	}
	switch said.Status {
	case http.StatusForbidden:
		return "the credentials need s3:GetObject, s3:PutObject and s3:DeleteObject for the key " +
			"and what begins with it, and s3:ListBucket for the bucket, " +
			"without which a store does not say that an object is not there"
	case http.StatusNotFound:
		return "is there an S3 store at this address?"
	}
	return ""
}
