package pack

// Borrow adds the objects of another object directory, and of those that it
// borrows from, to a store that nobody has read from yet. An alternates file does
// the same for good; the environment of git's hooks does it for one process.
func (s *Store) Borrow(dir string) error {
	if s.where == nil { // opened by OpenForGet
		s.dirs = append(s.dirs, s.directories(dir)...)
		return nil
	}
	other, err := Open(dir, s.Hash, s.Limit, s.report)
	if err != nil {
		return err
	}
	for _, f := range other.packs {
		s.add(f)
	}
	for _, o := range other.loose {
		if _, dup := s.where[o.id]; !dup {
			s.where[o.id] = len(s.loose)
			s.loose = append(s.loose, o)
		}
	}
	s.Promisor = s.Promisor || other.Promisor
	return nil
}
