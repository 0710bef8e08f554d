package state

// Waiting is how many wait for their records to be appended.
func (s *Store) Waiting() int {
	s.noting.Lock()
	defer s.noting.Unlock()
	return len(s.waiting)
}
