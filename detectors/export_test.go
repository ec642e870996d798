package detectors

// Found returns all matches in text, before of those that overlap one is chosen.
func (e *Engine) Found(text []byte) []Match {
	s := e.newScratch()
	e.scan(s, text, 0)
	return s.found
}
