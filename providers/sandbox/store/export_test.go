package store

import "go.etcd.io/bbolt"

// WriteFormat makes a database one of another version.
func WriteFormat(b *bbolt.Tx, version int) error {
	Tx{b}.Put(MetaBucket, []byte("format"), version)
	return nil
}
