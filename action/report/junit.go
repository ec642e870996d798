package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// JUnit XML as Jenkins and its like read it.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
	}
	junitProblem struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",cdata"`
	}
)

// writeJUnit writes a failed test for each secret, one in error for each gap,
// and a passed one if there is neither. A secret's test is named by rule and
// fingerprint, so that it is the same test from build to build.
func writeJUnit(w io.Writer, r *scanner.Result, _ Options) error {
	suite := junitSuite{Name: "leakguard"}
	for i := range r.Secrets {
		suite.add(secretCase(&r.Secrets[i]))
	}
	for _, c := range r.Coverage {
		for _, g := range c.Gaps {
			suite.add(junitCase{
				Class: "leakguard.coverage",
				Name:  visible(c.Source + ": " + g.What),
				Error: &junitProblem{"gap", visible(g.Why), visible("not read: "+gapOf(g)) + "\n" + visible("fix: "+g.Fix) + "\n"},
			})
		}
	}
	if r.Interrupted {
		suite.add(junitCase{
			Class: "leakguard.coverage", Name: "scan interrupted",
			Error: &junitProblem{"interrupted", "the scan was stopped early", "fix: run it again to its end"},
		})
	}
	if suite.Tests == 0 {
		suite.add(junitCase{Class: "leakguard", Name: "no secrets found"})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
}

func secretCase(s *scanner.Secret) junitCase {
	at := counting(s)
	v := verdictOf(s)
	var body strings.Builder
	fmt.Fprintf(&body, "\nverdict: %s\n", visible(verdict(&v)))
	for _, line := range details(&v, s.Risks) {
		fmt.Fprintln(&body, visible(line))
	}
	for i, o := range at {
		if i == maxPlaces {
			fmt.Fprintf(&body, "and %s\n", number(int64(len(at)-i), "more place", "more places"))
			break
		}
		fmt.Fprintf(&body, "%s\n", visible(place(o)))
	}
	fmt.Fprintln(&body, remedy(s))
	if u := s.Rule.Provider.Rotate.URL; u != "" && v.State != verify.Dead {
		fmt.Fprintln(&body, visible("rotate: "+u))
	}
	message := fmt.Sprintf("%s %s", s.Rule.Name, s.Redacted)
	if v.State != verify.Unverified {
		message = string(v.State) + ": " + message
	}
	if len(at) > 0 {
		message += " in " + place(at[0])
	}
	return junitCase{
		Class:   "leakguard." + s.Rule.ID,
		Name:    visible(s.Rule.Name + " " + s.Fingerprint),
		Failure: &junitProblem{s.Severity.String(), visible(message), body.String()},
	}
}
