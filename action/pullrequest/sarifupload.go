package pullrequest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// Categories of SARIF reports: an upload closes the alerts of the last one of its
// category and ref that it does not have itself, so that a scan of a part is never
// uploaded as a whole one.
const (
	CategoryWhole   = "leakguard/"
	CategoryChanges = "leakguard/pr/"
)

// maxSARIF is how many bytes of compressed SARIF code scanning takes.
// https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/file-too-large
const maxSARIF = 10 << 20

// processing is how long UploadSARIF waits for an upload to be processed.
const processing = 2 * time.Minute

// ErrProcessing is an upload that is not processed yet: what becomes of it is open.
var ErrProcessing = errors.New("code scanning has the report but has not processed it yet; its tool status page will say what became of it")

// UploadSARIF uploads a SARIF report to code scanning and waits until it is processed.
// The names of its runs have to begin with the category and differ: see
// report.Options.Category. commit and ref are what was scanned: ref is a whole one, of a
// branch, a tag or a pull request; with refs/pull/N/merge goes the merge commit, with
// refs/pull/N/head the head. The token needs the permission Code scanning alerts: write.
// https://docs.github.com/en/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data
//
// It is a *remediate.Refusal where code scanning is not to be had, and ErrProcessing
// where processing takes longer than two minutes.
func (g *GitHub) UploadSARIF(ctx context.Context, sarif []byte, category, commit, ref string) error {
	if err := checkUpload(sarif, category, commit, ref); err != nil {
		return fmt.Errorf("%s: cannot upload to code scanning: %w", g.repository, err)
	}
	packed, err := packSARIF(sarif)
	if err != nil {
		return fmt.Errorf("%s: cannot upload to code scanning: %w", g.repository, err)
	}
	in := struct {
		Commit string `json:"commit_sha"`
		Ref    string `json:"ref"`
		SARIF  []byte `json:"sarif"` // Base64 in JSON
		Tool   string `json:"tool_name"`
	}{commit, ref, packed, "leakguard"}
	var made struct{ ID string }
	err = g.writer.Post(ctx, g.base+"code-scanning/sarifs", in, &made, nil)
	switch forge.StatusOf(err) {
	case http.StatusForbidden, http.StatusNotFound:
		return refused(g.repository, "upload to code scanning", "code scanning is not available here: it is off for the repository, the repository is archived, "+
			"or the token lacks the permission Code scanning alerts: write (in a workflow, security-events: write), as in a pull request from a fork", err)
	case http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%s: code scanning finds the report too large: %w", g.repository, err)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot upload to code scanning: %w", g.repository, err)
	}
	if err := g.processed(ctx, made.ID); err != nil {
		return fmt.Errorf("%s: the report of %s: %w", g.repository, ref, err)
	}
	return nil
}

// checkUpload is an error if code scanning would refuse the upload, or take it for
// another.
func checkUpload(sarif []byte, category, commit, ref string) error {
	if !isID(commit) {
		return fmt.Errorf("%q is no commit: want its whole id", commit)
	}
	if !strings.HasPrefix(ref, "refs/heads/") && !strings.HasPrefix(ref, "refs/tags/") && !strings.HasPrefix(ref, "refs/pull/") {
		return fmt.Errorf("%q is no ref that it takes: want refs/heads/…, refs/tags/… or refs/pull/…", ref)
	}
	var report struct {
		Runs []struct {
			Automation struct {
				ID string `json:"id"`
			} `json:"automationDetails"`
		} `json:"runs"`
	}
	if err := json.Unmarshal(sarif, &report); err != nil {
		return fmt.Errorf("the report is no SARIF: %w", err)
	}
	seen := map[string]bool{}
	for _, run := range report.Runs {
		id := run.Automation.ID
		of, part, _ := strings.Cut(strings.TrimPrefix(id, category), "/")
		if !strings.HasPrefix(id, category) || of == "" || part != "" || seen[id] {
			return fmt.Errorf("the report has a run named %q: want each another name, %sSOURCE/", id, category)
		}
		seen[id] = true
	}
	return nil
}

// packSARIF compresses a report as code scanning wants it.
func packSARIF(sarif []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(sarif); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if n := packed.Len(); n > maxSARIF {
		return nil, fmt.Errorf("the report has %d bytes when compressed, and it takes %d: scan less at a time, or suppress what is known by a baseline", n, maxSARIF)
	}
	return packed.Bytes(), nil
}

// processed waits until an upload is processed.
// https://docs.github.com/en/rest/code-scanning/code-scanning#get-information-about-a-sarif-upload
func (g *GitHub) processed(ctx context.Context, id string) error {
	waited, wait := time.Duration(0), time.Second
	for waited < processing {
		if err := g.sleep(ctx, wait); err != nil {
			return err
		}
		waited += wait
		wait = min(2*wait, 15*time.Second)
		var is struct {
			Status string   `json:"processing_status"`
			Errors []string `json:"errors"`
		}
		_, err := g.client.Get(ctx, g.base+"code-scanning/sarifs/"+url.PathEscape(id), &is)
		switch {
		case forge.StatusOf(err) == http.StatusNotFound: // it is not known everywhere yet
		case err != nil:
			return err
		case is.Status == "complete":
			return nil
		case is.Status == "failed":
			return fmt.Errorf("code scanning could not process it: %s", strings.Join(is.Errors, "; "))
		}
	}
	return ErrProcessing
}
