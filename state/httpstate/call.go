package httpstate

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"countersign/providers/route"
	"countersign/state/store"
)

// transport is the network to the server, with the certificates of the options.
func (o Options) transport() (*http.Transport, error) {
	t, err := route.Network{CAFile: o.CAFile, IdlePerHost: 4}.Transport(o.Address)
	if err != nil {
		return nil, err
	}
	t.TLSClientConfig.InsecureSkipVerify = o.SkipCertVerification
	if o.ClientCACertificatePEM != "" {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(o.ClientCACertificatePEM)) {
			return nil, errors.New("client_ca_certificate_pem of the state: there is no certificate in it")
		}
	}
	if (o.ClientCertificatePEM == "") != (o.ClientPrivateKeyPEM == "") {
		return nil, errors.New("client_certificate_pem and client_private_key_pem of the state must be given together")
	}
	if o.ClientCertificatePEM != "" {
		pair, err := tls.X509KeyPair([]byte(o.ClientCertificatePEM), []byte(o.ClientPrivateKeyPEM))
		if err != nil {
			return nil, errors.New("client_certificate_pem and client_private_key_pem of the state are no pair of a " +
				"certificate and its key in PEM")
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// reply is an answer, whole.
type reply struct {
	status   int
	location string
	body     []byte
}

// done reports whether the server did it: with any status of success.
func (r reply) done() bool { return r.status >= 200 && r.status < 300 }

// busy reports whether somebody holds the lock.
func (r reply) busy() bool { return r.status == http.StatusLocked || r.status == http.StatusConflict }

// refusal is an answer that refuses a call, in words.
type refusal struct {
	reply
	text string
}

func (e *refusal) Error() string { return e.text }

// refused puts a refusal into words.
func (b *Backend) refused(method, address string, r reply) error {
	text := fmt.Sprintf("%s %s: the server answered %d %s", method, route.WithoutSecrets(address), r.status,
		http.StatusText(r.status))
	redirect := r.status >= 300 && r.status < 400
	if said := b.shown(r); said != "" && !redirect { // the page of a redirect repeats an address, which may be signed
		text += ": " + said
	}
	switch {
	case redirect:
		text += "; no redirect is followed, so that credentials go nowhere else: write the address that it leads to"
		if to := route.WithoutSecrets(r.location); to != "" {
			text += ", " + route.Line(b.secrets.Hide(to), 200)
		}
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden:
		text += "; give credentials that may do this in TF_HTTP_USERNAME and TF_HTTP_PASSWORD, or TF_HTTP_TOKEN"
	}
	return &refusal{r, text}
}

const (
	mostShown   = 4 << 10 // bytes of an answer that a message can repeat
	mostRefusal = 1 << 20 // bytes that are read of any other answer, such as the document of a lock's holder
)

// shown is what the server said, for a message.
func (b *Backend) shown(r reply) string {
	return route.Line(b.secrets.Hide(string(r.body[:min(len(r.body), mostShown)])), 300)
}

// once makes a call once. sent reports, with an error, whether the server may have got any of it.
func (b *Backend) once(ctx context.Context, method, address string, body []byte) (r reply, sent bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return r, false, err
	}
	for name, value := range b.Headers {
		req.Header.Set(name, value)
	}
	switch {
	case b.Username != "":
		req.SetBasicAuth(b.Username, b.Password)
	case b.Token != "":
		req.Header.Set("Authorization", "Bearer "+b.Token)
	}
	if body == nil {
		req.Body, req.GetBody = nil, nil
	} else {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Content-MD5", sumOf(body))
	}
	req.Header.Set("Accept-Encoding", "identity") // Content-MD5 is that of what is sent
	resp, sent, err := route.Send(b.client, req, true)
	if err != nil {
		cause := route.Cause(ctx, ctx, err)
		return r, sent, &store.Failure{Shown: fmt.Sprintf("%s %s: %s", method, route.WithoutSecrets(address),
			b.secrets.Hide(cause.Error())), Cause: cause}
	}
	defer resp.Body.Close()
	r.status, r.location = resp.StatusCode, resp.Header.Get("Location")
	most := int64(mostRefusal)
	if method == http.MethodGet && r.status == http.StatusOK {
		most = int64(b.most) + 1
	}
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, most))
	sum := resp.Header.Get("Content-MD5")
	switch {
	case err != nil && !(method != http.MethodGet && r.done()): // a write that was done is done
		err = fmt.Errorf("%s %s: the answer broke off after %d bytes: %w", method, route.WithoutSecrets(address),
			len(r.body), route.Cause(ctx, ctx, err))
	case method != http.MethodGet || r.status != http.StatusOK:
		err = nil
	case len(r.body) > b.most:
		err = fmt.Errorf("%s %s: the answer has more than %d bytes", method, route.WithoutSecrets(address), b.most)
	case sum != "" && sum != sumOf(r.body):
		err = fmt.Errorf("%s %s: the answer was damaged on its way: its Content-MD5 is %s, and that of what came %s",
			method, route.WithoutSecrets(address), route.Line(sum, 40), sumOf(r.body))
	}
	return r, true, err
}

func sumOf(body []byte) string {
	sum := md5.Sum(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// try makes a call again and again, as the options say. The log gets each try.
func (b *Backend) try(ctx context.Context, method, address string, try func(context.Context) route.Outcome) (
	stopped error) {
	about := map[string]string{b.JournalAddress: "the journal", b.LockAddress: "the lock", b.UnlockAddress: "the lock"}
	call := route.Call{Service: "state", Name: method, URL: route.WithoutSecrets(address),
		About: cmp.Or(about[address], "the state"), Does: route.Reads, Hide: b.secrets.Hide,
		Advise: func(*route.Error) string { return "" }}
	if method == b.UpdateMethod {
		call.Does = route.Writes
	}
	pauses := func() backoff.BackOff {
		return &backoff.ExponentialBackOff{InitialInterval: b.RetryWaitMin, RandomizationFactor: 0.5, Multiplier: 2,
			MaxInterval: max(b.RetryWaitMin, b.RetryWaitMax)}
	}
	_, stopped = route.Tries{Again: b.RetryMax, Second: b.RetryWaitMin, Pauses: pauses}.Do(ctx, call.Logged(b.log, try))
	return stopped
}

// outcome says how one call ended. Where another answer may come, it is tried again.
func outcome(r reply, err error) route.Outcome {
	switch {
	case err != nil:
		return route.Outcome{Err: err, Again: !route.Permanent(err)}
	case route.Transient(r.status):
		return route.Outcome{Err: errTransient, Again: true}
	}
	return route.Outcome{}
}

var errTransient = errors.New("the next answer may be another")

// call makes a call that may be repeated, as often as the options say. n counts how often the server may have got it.
func (b *Backend) call(ctx context.Context, method, address string, body []byte) (r reply, n int, err error) {
	stopped := b.try(ctx, method, address, func(ctx context.Context) route.Outcome {
		var sent bool
		if r, sent, err = b.once(ctx, method, address, body); sent {
			n++
		}
		return outcome(r, err)
	})
	if stopped != nil {
		err = route.StoppedBy(err, stopped)
	}
	return r, n, err
}

// get reads a document; nil when there is none.
func (b *Backend) get(ctx context.Context, address string) ([]byte, error) {
	r, _, err := b.call(ctx, http.MethodGet, address, nil)
	switch {
	case err != nil:
		return nil, err
	case r.status == http.StatusNotFound, r.status == http.StatusNoContent:
		return nil, nil
	case r.status != http.StatusOK:
		return nil, b.refused(http.MethodGet, address, r)
	case len(r.body) == 0:
		// "There is no state" has a status of its own; here a state was lost.
		return nil, fmt.Errorf("GET %s: the server answered 200 with nothing; where there is no state, it must answer "+
			"204 or 404", route.WithoutSecrets(address))
	}
	return r.body, nil
}

// put writes a document over another, nil for none, that was read just before. When no answer came, it reads what is
// there. Its error is ErrChanged when that is something else, and ErrUnknown when the document may have been written.
func (b *Backend) put(ctx context.Context, address string, text, was []byte) (err error) {
	var r reply
	unknown := false
	settled := func() (done bool, err error) {
		now, err := b.get(ctx, address)
		switch {
		case err != nil:
			return false, err
		case bytes.Equal(now, text):
			return true, nil
		case !bytes.Equal(now, was):
			return false, store.ErrChanged
		}
		return false, nil
	}
	stopped := b.try(ctx, b.UpdateMethod, address, func(ctx context.Context) route.Outcome {
		if unknown {
			done, failed := settled()
			if done || errors.Is(failed, store.ErrChanged) {
				unknown, err = false, failed
				return route.Outcome{Err: err}
			}
			if failed != nil {
				return route.Outcome{Err: failed, Again: true}
			}
		}
		var sent bool
		r, sent, err = b.once(ctx, b.UpdateMethod, address, text)
		if err == nil && !r.done() {
			err = b.refused(b.UpdateMethod, address, r)
		}
		// A proxy may have sent it twice, and the refusal may be that of the second.
		denied := r.status == http.StatusUnauthorized || r.status == http.StatusForbidden
		unknown = err != nil && (unknown || sent && !denied)
		return route.Outcome{Err: err, Again: sent && (r.status == 0 || route.Transient(r.status)) ||
			!sent && !route.Permanent(err)}
	})
	var failed error
	if unknown {
		var done bool
		if done, failed = settled(); done {
			return nil
		}
		unknown = failed != nil && !errors.Is(failed, store.ErrChanged)
	}
	if err != nil && r.busy() {
		if lost := b.stillHeld(ctx); errors.Is(lost, store.ErrLockLost) {
			return fmt.Errorf("%w (%w)", lost, err)
		}
	}
	switch {
	case unknown:
		err = fmt.Errorf("%w: %w", store.ErrUnknown, err)
	case failed != nil:
		err = fmt.Errorf("%w: %w", failed, err)
	}
	return route.StoppedBy(err, stopped)
}

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
