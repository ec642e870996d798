package buildlog

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

var (
	errWebPage  = errors.New("the server answers with a web page, not with the log")
	errEmptyLog = errors.New("the log is empty: it was erased or has expired")
)

// remoteFailures is how many requests in a row may fail before the server is
// given up: each was sent several times already.
const remoteFailures = 5

// missed records what could not be read, and gives up on a server that fails over
// and over: inRow counts how often.
func (f *fetching) missed(inRow *atomic.Int32, what string, err error) {
	if f.ctx.Err() != nil {
		return // why nothing more is read is said once, for all
	}
	fix := f.fix(err)
	f.cov.Gap(what, f.why(err), fix)
	if atFaultAlone(err) {
		inRow.Store(0)
	} else if inRow.Add(1) == remoteFailures {
		f.cov.Gap("the rest of the "+f.Name(), fmt.Sprintf("it was not asked for: %d requests in a row failed", remoteFailures), fix)
		f.giveUp()
	}
}

// atFaultAlone reports whether an error is of one log and tells nothing of the next.
func atFaultAlone(err error) bool {
	var fixer scanner.Fixer
	switch forge.StatusOf(err) {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return errors.Is(err, errEmptyLog) || errors.As(err, &fixer)
}

// why names no addresses, so that a thousand gaps of one reason are one entry.
func (f *fetching) why(err error) string {
	var e *forge.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	why := fmt.Sprintf("%s answers %d %s", f.system.title, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		why += ": " + e.Message
	}
	return why
}

// fix is what closes the gap that err left.
func (f *fetching) fix(err error) string {
	var fixer scanner.Fixer
	if errors.As(err, &fixer) {
		return fixer.Fix()
	}
	variable := f.system.variables + "_TOKEN"
	needs := "the token in " + variable + " needs " + f.system.permission
	switch status := forge.StatusOf(err); {
	case errors.Is(err, errEmptyLog), status == http.StatusGone:
		return "nothing brings it back; scan logs before they expire"
	case status == http.StatusUnauthorized:
		return "put a token that is valid into " + variable + "; it needs " + f.system.permission
	case status == http.StatusForbidden:
		return needs
	case status == http.StatusNotFound:
		return "correct the name; if it is right, " + needs + "; a log that has expired is lost"
	case status == http.StatusTooManyRequests:
		return "scan again later, with fewer --workers"
	case status >= 500:
		return "scan again when " + f.system.title + " works"
	case errors.Is(err, errWebPage), status != 0: // a redirect, or a web page
		return "correct --url; if it is right, " + needs
	}
	return "scan again; if it stays, see whether the address is that of " + f.system.title
}
