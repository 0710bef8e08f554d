// Package seal encrypts what is kept of a state: its text, its journal, the version before it, and saved plans.
//
// XChaCha20-Poly1305 seals texts under a data key of 256 bits, and age (age-encryption.org/v1) wraps that key for those
// who may read. It is wrapped once, and the wrapped key stands in clear beside each text that it seals. One age file
// for each text would be simpler, but a journal gets a line for each write to the drive, a passphrase takes a quarter
// of a second and 128 MB each time, and a line would be as long as all its recipients. So a run asks age once, whatever
// it reads and writes. Nonces have 192 random bits, so one key may seal what any number of machines write. What a text
// is, its lineage and serial, and its place in a journal are authenticated with it.
//
// A key is in use until `state rekey`. For whom it was wrapped is written inside what is wrapped, so that a
// configuration that says otherwise is noticed.
//
// The package does not hide how long texts are and when they change. It cannot tell an old state, whole and with its
// own serial, from the present one. And since age has no senders, it cannot tell who has sealed a text for recipients
// that are publicly known. See docs/security.md.
package seal

import (
	"bytes"
	"cmp"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"countersign/state/store"
)

// Keys are what texts are sealed for, and what opens them. Identities are texts as age-keygen writes them.
type Keys struct {
	Sealed     bool   // what is kept is to be sealed
	By         string // "recipients", "identity", "passphrase": for what; "": for the identity or else the passphrase
	Enforced   bool   // see store.Cipher
	Recipients []string
	Identity   string // opens
	Passphrase string // opens

	Old []Secret // open as well
}

// Secret opens what was sealed: one of both.
type Secret struct{ Identity, Passphrase string }

// passphrase stands for one in the list of those whom a key was wrapped for.
const passphrase = "a passphrase"

// The cost of a passphrase, as powers of two. OWASP's cheat sheet on storing passwords recommends 17 for scrypt, which
// takes 128 MB. What a text can ask for is bounded, because it takes memory before anything is known to be right.
const workFactor, mostWork = 17, 18

// Cipher is a store.Cipher. Its methods may be called from several goroutines.
type Cipher struct {
	keys    Keys
	wrap    []age.Recipient
	to      []string // whom wrap is for, sorted
	missing error    // why nothing can be sealed
	now     []age.Identity
	old     []age.Identity

	mu    sync.Mutex
	known map[string]*dataKey // by their wrapped text
	tried map[string]error    // what does not open
	made  string              // by NewKey
}

// dataKey is a key that texts are sealed with.
type dataKey struct {
	aead     cipher.AEAD
	to       []string
	enforced bool
	old      bool // only an old key opens it
}

// wrapped is what age encrypts.
type wrapped struct {
	Key      []byte   `json:"key"`
	For      []string `json:"for"`
	Enforced bool     `json:"enforced,omitempty"`
}

// New fails when a key is not one. That a key is missing is an error only where it is needed. No error repeats a
// secret.
func New(keys Keys) (*Cipher, error) {
	c := &Cipher{keys: keys, known: map[string]*dataKey{}, tried: map[string]error{}}
	for _, text := range keys.Recipients {
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(found) != 1 {
			return nil, fmt.Errorf("%q in recipients of the state's encryption is not a recipient of age's, "+
				"such as age1… that age-keygen prints", text)
		}
		c.wrap, c.to = append(c.wrap, found[0]), append(c.to, strings.TrimSpace(text))
	}
	var err error
	if c.now, err = (Secret{keys.Identity, keys.Passphrase}).identities(); err != nil {
		return nil, err
	}
	for _, s := range keys.Old {
		more, err := s.identities()
		if err != nil {
			return nil, fmt.Errorf("of the old keys: %w", err)
		}
		c.old = append(c.old, more...)
	}
	if !keys.Sealed {
		return c, nil
	}
	switch {
	case len(c.wrap) > 0:
	case keys.By != "passphrase" && keys.Identity != "":
		for _, id := range c.now {
			switch id := id.(type) {
			case *age.X25519Identity:
				c.wrap, c.to = append(c.wrap, id.Recipient()), append(c.to, id.Recipient().String())
			case *age.HybridIdentity:
				c.wrap, c.to = append(c.wrap, id.Recipient()), append(c.to, id.Recipient().String())
			}
		}
	case keys.By != "identity" && keys.Passphrase != "":
		r, err := age.NewScryptRecipient(keys.Passphrase)
		if err != nil {
			return nil, err
		}
		r.SetWorkFactor(workFactor)
		c.wrap, c.to = []age.Recipient{r}, []string{passphrase}
	default:
		c.missing = errors.New("the state is to be encrypted, and there is no key for that: " + whereKeys)
	}
	slices.Sort(c.to)
	return c, nil
}

const whereKeys = "give it in COUNTERSIGN_STATE_IDENTITY, a file of it in COUNTERSIGN_STATE_IDENTITY_FILE, or a " +
	"passphrase in COUNTERSIGN_STATE_PASSPHRASE"

func (s Secret) identities() ([]age.Identity, error) {
	var all []age.Identity
	if s.Identity != "" {
		found, err := age.ParseIdentities(strings.NewReader(s.Identity))
		if err != nil { // its text may hold the identity
			return nil, errors.New("the identity of the state's encryption is not one of age's: a text with a line " +
				"AGE-SECRET-KEY-…, as age-keygen writes it")
		}
		all = found
	}
	if s.Passphrase != "" {
		id, err := age.NewScryptIdentity(s.Passphrase)
		if err != nil {
			return nil, errors.New("the passphrase of the state's encryption cannot be used")
		}
		id.SetMaxWorkFactor(mostWork)
		all = append(all, id)
	}
	return all, nil
}

// NewKey implements store.Cipher. It returns the same key each time: the one that seals a journal before there is a
// state seals the state too.
func (c *Cipher) NewKey() (string, error) {
	if !c.keys.Sealed {
		return "", nil
	}
	if c.missing != nil {
		return "", c.missing
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made != "" {
		return c.made, nil
	}
	w := wrapped{Key: make([]byte, chacha20poly1305.KeySize), For: c.to, Enforced: c.keys.Enforced}
	if _, err := rand.Read(w.Key); err != nil {
		return "", err
	}
	text, err := json.Marshal(w)
	if err != nil {
		return "", err
	}
	var sealed bytes.Buffer
	to, err := age.Encrypt(&sealed, c.wrap...)
	if err == nil {
		_, err = to.Write(text)
	}
	if err == nil {
		err = to.Close()
	}
	if err != nil {
		return "", fmt.Errorf("wrap a key for the state's recipients: %w", err)
	}
	aead, err := chacha20poly1305.NewX(w.Key)
	if err != nil {
		return "", err
	}
	c.made = base64.StdEncoding.EncodeToString(sealed.Bytes())
	c.known[c.made] = &dataKey{aead, w.For, w.Enforced, false}
	return c.made, nil
}

// mostWrapped bounds a wrapped key: some hundred recipients.
const mostWrapped = 256 << 10

// key unwraps a key.
func (c *Cipher) key(text string) (*dataKey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.known[text]; k != nil {
		return k, nil
	}
	if err := c.tried[text]; err != nil {
		return nil, err
	}
	k, err := c.unwrap(text)
	if err != nil {
		c.tried[text] = err
		return nil, err
	}
	c.known[text] = k
	return k, nil
}

func (c *Cipher) unwrap(text string) (*dataKey, error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sealed) > mostWrapped {
		return nil, errors.New("the key that stands beside it is damaged")
	}
	if len(c.now)+len(c.old) == 0 {
		return nil, fmt.Errorf("%w, and no key is given: %s", store.ErrKey, whereKeys)
	}
	for n, ids := range [][]age.Identity{c.now, c.old} {
		if len(ids) == 0 {
			continue
		}
		var w wrapped
		plain, err := age.Decrypt(bytes.NewReader(sealed), ids...)
		var other *age.NoIdentityMatchError
		if errors.As(err, &other) {
			continue
		}
		if err == nil {
			var text []byte
			if text, err = io.ReadAll(io.LimitReader(plain, mostWrapped)); err == nil {
				err = json.Unmarshal(text, &w)
			}
		}
		var aead cipher.AEAD
		if err == nil {
			aead, err = chacha20poly1305.NewX(w.Key)
		}
		if err != nil {
			return nil, fmt.Errorf("the key that stands beside it is damaged: %w", err)
		}
		return &dataKey{aead, w.For, w.Enforced, n == 1}, nil
	}
	return nil, fmt.Errorf("%w, and none of the keys given opens it: %s", store.ErrKey, whereKeys)
}

// Fits implements store.Cipher.
func (c *Cipher) Fits(key string) error {
	const rekey = "; nothing has been changed: `countersign state rekey` makes it so"
	if key == "" {
		if c.keys.Sealed {
			return errors.New("it is kept in clear, and the configuration says that it is to be encrypted" + rekey)
		}
		return nil
	}
	k, err := c.key(key)
	switch {
	case err != nil:
		return err
	case !c.keys.Sealed && k.enforced:
		return errors.New("it is encrypted, which is enforced, and the configuration has no encryption block " +
			"in its state block; nothing has been changed: put the block back. " +
			"To keep it in clear, write enforced = false, run `countersign state rekey`, then " +
			"take the block out and run it again")
	case !c.keys.Sealed:
		return errors.New("it is encrypted, and the configuration has no encryption block in its state block" + rekey)
	case c.missing != nil:
		return c.missing
	case !slices.Equal(k.to, c.to) || k.old:
		to, still := strings.Join(c.to, ", "), ""
		if slices.Equal(k.to, c.to) {
			still = "another one, given as an old key"
		}
		return fmt.Errorf("it is encrypted for %s, and the configuration says for %s%s",
			cmp.Or(still, strings.Join(k.to, ", ")), to, rekey)
	case k.enforced != c.keys.Enforced:
		return fmt.Errorf("it is encrypted with enforced = %v, and the configuration says %v%s",
			k.enforced, c.keys.Enforced, rekey)
	}
	return nil
}

// Renew implements store.Cipher.
func (c *Cipher) Renew(key string) (string, error) {
	if key != "" && !c.keys.Sealed {
		if k, err := c.key(key); err != nil || k.enforced {
			return "", c.Fits(key)
		}
	}
	c.mu.Lock()
	c.made = ""
	c.mu.Unlock()
	return c.NewKey()
}

// Enforced implements store.Cipher.
func (c *Cipher) Enforced(key string) bool {
	if key == "" {
		return c.keys.Enforced
	}
	k, err := c.key(key)
	return err != nil || k.enforced
}

// For implements store.Cipher.
func (c *Cipher) For(key string) (string, error) {
	if key == "" {
		return "", nil
	}
	k, err := c.key(key)
	if err != nil {
		return "", err
	}
	return strings.Join(k.to, ", "), nil
}

// Seal implements store.Cipher.
func (c *Cipher) Seal(key, of string, plain []byte) ([]byte, error) {
	if key == "" {
		if c.keys.Sealed {
			return nil, errors.New("it would be kept in clear, and the configuration says that it is to be encrypted")
		}
		return plain, nil
	}
	k, err := c.key(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return k.aead.Seal(nonce, nonce, plain, []byte(of)), nil
}

// Open implements store.Cipher.
func (c *Cipher) Open(key, of string, sealed []byte) ([]byte, error) {
	if key == "" {
		return sealed, nil
	}
	k, err := c.key(key)
	if err != nil {
		return nil, err
	}
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, errDamaged
	}
	plain, err := k.aead.Open(nil, sealed[:n], sealed[n:], []byte(of))
	if err != nil {
		return nil, errDamaged
	}
	return plain, nil
}

var errDamaged = errors.New("what is encrypted in it was damaged or exchanged, or is not of the lineage, the serial " +
	"and the place that stand beside it")
