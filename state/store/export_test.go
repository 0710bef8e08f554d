package store

// Queued is how many wait for their records to be appended.
func (s *Store) Queued() int {
	s.noting.Lock()
	defer s.noting.Unlock()
	return len(s.waiting)
}
