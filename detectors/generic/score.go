package generic

import "github.com/leakguard/leakguard/detectors/rules"

// guess judges a candidate until there is a model.
func (s *Scanner) guess(r Reader, c *Candidate) rules.Confidence {
	v := c.value(s.text)
	switch c.syntax.kind {
	case bearer:
		return judgeToken(strongName, v)
	case basic, inURL:
		if s.x[urlDocumentation]+s.x[urlLocal]+s.x[urlUserIsValue]+s.x[valueCommon] > 0 {
			return rules.Doubtful
		}
		return judgePassword(v, false)
	}
	strength := judgeName(r, c.Name)
	if strength == noName {
		return 0
	}
	return judgeValue(r, strength, c.Name, v, c.syntax.quote == 0)
}
