package fakegithub

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
)

// upload takes a SARIF report.
func (s *Pulls) upload(w http.ResponseWriter, body []byte) {
	var in struct {
		Commit string `json:"commit_sha"`
		Ref    string
		SARIF  []byte
	}
	if !read(w, body, &in) {
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(in.SARIF))
	if err != nil {
		refuse(w, http.StatusBadRequest, "sarif is not gzip compressed")
		return
	}
	report, err := io.ReadAll(z)
	if err != nil {
		refuse(w, http.StatusBadRequest, "sarif is not gzip compressed")
		return
	}
	s.sarifs = append(s.sarifs, SARIF{Commit: in.Commit, Ref: in.Ref, Report: report})
	id := fmt.Sprintf("upload-%d", len(s.sarifs))
	s.reply(w, http.StatusAccepted, object{"id": id, "url": fmt.Sprintf("%srepos/%s/code-scanning/sarifs/%s", s.URL, PullRepository, id)})
}

// processing says how far an upload is.
func (s *Pulls) processing(w http.ResponseWriter, id string) {
	var n int
	if _, err := fmt.Sscanf(id, "upload-%d", &n); err != nil || n < 1 || n > len(s.sarifs) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	up := &s.sarifs[n-1]
	status := "complete"
	if len(s.as.Stages) > 0 {
		status = s.as.Stages[min(up.asked, len(s.as.Stages)-1)]
	}
	up.asked++
	o := object{"processing_status": status, "analyses_url": nil, "errors": nil}
	if status == "failed" {
		o["errors"] = s.as.Problems
	}
	if status == "unknown" { // not known everywhere yet
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.reply(w, http.StatusOK, o)
}
