package buildlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/forge"
)

// githubUnit is what one download holds: the logs of an attempt, or an artifact.
type githubUnit struct {
	run     *githubRun
	attempt int    // 0: an artifact
	path    string // in the API, of the download
	file    string // how occurrences call it: "run-7-attempt-1.zip"
	what    string // how gaps call it

	whole bool // it was read to its end
	found int  // matches in it
}

// attempt reads the logs of the n-th attempt.
func (r *githubReading) attempt(run *githubRun, n int) error {
	u := &githubUnit{
		run: run, attempt: n,
		path: apiPath(run.repo, "runs", strconv.FormatInt(run.ID, 10), "attempts", strconv.Itoa(n), "logs"),
		file: fmt.Sprintf("run-%d-attempt-%d.zip", run.ID, n),
		what: fmt.Sprintf("logs of %s, attempt %d", run, n),
	}
	last := n >= run.Attempt
	if last && run.Status != "completed" {
		r.cov.Gap(u.what, "the run is not finished, and has its logs only then", "scan again when it is finished")
		return nil
	}
	if r.skip(u.path, "logs that were read before") {
		return nil
	}
	err := r.unit(u, func(path string) scanner.Source { return New([]string{path}, r.logOptions()) })
	switch status := forge.StatusOf(err); {
	case err == nil:
		r.cov.Count("attempts", 1)
		r.failures = 0
	case status == http.StatusNotFound && last && neverBegan(run.Conclusion):
		r.cov.Exclude("runs without a log", "no job of theirs ever began", "nothing is to be done", 1)
	case status == http.StatusNotFound:
		r.failures = 0
		r.cov.Gap(u.what, "no job began, or they are not there yet: "+githubWhy(err), "scan again later")
	default:
		return r.miss(u.what, err)
	}
	return nil
}

// logOptions are those of a log of GitHub.
func (r *githubReading) logOptions() Options {
	o := r.opts.Logs
	o.Format = "github"
	return o
}

// neverBegan reports whether a run that ended so may be without logs.
func neverBegan(conclusion string) bool {
	switch conclusion {
	case "skipped", "action_required", "startup_failure", "stale", "cancelled":
		return true
	}
	return false
}

// artifacts reads what a run kept.
// https://docs.github.com/en/rest/actions/artifacts
func (r *githubReading) artifacts(run *githubRun) error {
	id := strconv.FormatInt(run.ID, 10)
	// A later attempt may add to them.
	list := apiPath(run.repo, "runs", id, "attempts", strconv.Itoa(run.Attempt), "artifacts")
	if r.skip(list, "lists of artifacts that were read before") {
		return nil
	}
	whole, found, pages := run.Status == "completed", 0, 0
	var stopped error
	path := fmt.Sprintf("%s?per_page=%d", apiPath(run.repo, "runs", id, "artifacts"), githubPerPage)
	err := r.client.Pages(r.ctx, path, func(page json.RawMessage) (bool, error) {
		if pages++; pages > githubMaxPages {
			return false, errEndless
		}
		var p struct {
			Total     *int `json:"total_count"`
			Artifacts []githubArtifact
		}
		if err := json.Unmarshal(page, &p); err != nil || p.Total == nil {
			return false, errors.New("the list of artifacts is none")
		}
		for _, a := range p.Artifacts {
			u, err := r.artifact(run, a)
			if stopped = err; stopped != nil {
				return false, nil
			}
			whole, found = whole && u.whole, found+u.found
		}
		return true, nil
	})
	switch {
	case stopped != nil:
		return stopped
	case err != nil:
		return r.miss("artifacts of "+run.String(), err)
	case whole:
		r.remember(r.stateID(list), found)
	}
	return nil
}

// githubArtifact is what we need of an artifact.
type githubArtifact struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Expired bool   `json:"expired"`
}

// artifact reads one artifact. The error is why the rest is not to be read.
func (r *githubReading) artifact(run *githubRun, a githubArtifact) (*githubUnit, error) {
	u := &githubUnit{
		run:  run,
		path: apiPath(run.repo, "artifacts", strconv.FormatInt(a.ID, 10), "zip"),
		file: fmt.Sprintf("artifact-%d-%s.zip", a.ID, fileName(a.Name)),
		what: fmt.Sprintf("artifact %q of %s", a.Name, run),
	}
	switch {
	case a.Expired:
		r.cov.Gap(u.what, "it has expired", githubFix(&forge.Error{Status: http.StatusGone}))
		return u, nil
	case r.skip(u.path, "artifacts that were read before"):
		u.whole = true
		return u, nil
	}
	if err := r.unit(u, func(path string) scanner.Source { return files.New([]string{path}, r.opts.Files) }); err != nil {
		return u, r.miss(u.what, err)
	}
	r.cov.Count("artifacts", 1)
	r.failures = 0
	return u, nil
}

// fileName is a name of which nothing leads out of its folder.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < '0' || r > 'z' || r > '9' && r < 'A' || r > 'Z' && r < 'a' {
			return '-'
		}
		return r
	}, name)
	return name[:min(len(name), 80)]
}

// skip reports whether the unit of that path was read before, and counts it.
func (r *githubReading) skip(path, what string) bool {
	found, ok := r.known(r.stateID(path))
	if !ok {
		return false
	}
	why := "nothing was found in them with the same rules"
	if found > 0 {
		why = "an earlier report has what was found in them with the same rules"
	}
	r.cov.Exclude(what, why, "--no-state reads them again", 1)
	return true
}

// stateID is how the state file calls what is at path.
func (r *githubReading) stateID(path string) string { return r.client.Host() + "/" + path }

// unit fetches a unit into a file, reads that with the source that open gives,
// and removes it. The error is why it could not be fetched.
func (r *githubReading) unit(u *githubUnit, open func(path string) scanner.Source) error {
	path := filepath.Join(r.dir, u.file)
	defer os.Remove(path)
	if err := r.fetch(u, path); err != nil {
		return err
	}
	inner := open(path)
	var found atomic.Int64
	scan := func(c scanner.Chunk) int {
		c.Place = &githubPlace{unit: u, file: path, source: inner, place: c.Place}
		c.Path = rename(c.Path, path, u.file)
		n := r.scan(c)
		found.Add(int64(n))
		return n
	}
	cov := scanner.NewCoverage(u.what, scanner.InLog)
	err := inner.Read(r.ctx, scan, cov)
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	if err != nil {
		cov.Gap(u.what, err.Error(), "scan again")
	}
	r.absorb(u, path, cov)
	u.whole, u.found = cov.Complete(), int(found.Load())
	if u.whole {
		r.remember(r.stateID(u.path), u.found)
	}
	return nil
}

// absorb takes over what the reader of a unit says of it. Its file has a name
// only while it is read.
func (r *githubReading) absorb(u *githubUnit, path string, cov *scanner.Coverage) {
	for what, n := range cov.Read {
		if what != "files" {
			r.cov.Count(what, n)
		}
	}
	for _, g := range cov.Gaps {
		for range g.Count {
			r.cov.Gap(u.what+": "+rename(g.What, path, u.file), rename(g.Why, path, u.file), g.Fix)
		}
	}
	for _, e := range cov.Excluded {
		r.cov.Exclude(rename(e.What, path, u.file), e.Why, e.Fix, e.Count)
	}
}

// rename puts a unit's own name where the path of its file stands.
func rename(text, path, name string) string {
	return strings.NewReplacer(path, name, filepath.ToSlash(path), name).Replace(text)
}

// fetch writes a unit to the file at path.
func (r *githubReading) fetch(u *githubUnit, path string) error {
	return r.client.Download(r.ctx, u.path, func(body io.Reader) error {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		n, err := io.Copy(f, io.LimitReader(body, r.opts.MaxDownload+1))
		if err != nil {
			return fmt.Errorf("it could not be fetched to its end: %w", err)
		}
		if n > r.opts.MaxDownload {
			return ownFault("it is larger than the limit of %d bytes", r.opts.MaxDownload)
		}
		head := make([]byte, 2)
		if _, err := f.ReadAt(head, 0); err != nil || string(head) != "PK" {
			return ownFault("what the store gives is no zip archive")
		}
		return f.Close()
	})
}

// ownFault is an error that tells of one archive only.
func ownFault(format string, args ...any) error {
	return fmt.Errorf(format+"%w", append(args, errOwnFault)...)
}
