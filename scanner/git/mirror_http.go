package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// httpRemote is a remote that is talked to without the git command, by what go-git knows
// of the protocol (gitprotocol-http(5), version 0). It can do less: see errNeedsGit.
type httpRemote struct {
	address *url.URL // where the repository is, after it was moved at its server
	auth    Auth
	told    *packp.AdvRefs
}

var errNeedsGit = errors.New("install git: without it, only repositories of SHA-1 are cloned, and only over https")

func newHTTPRemote(addr *url.URL, auth Auth) *httpRemote {
	return &httpRemote{address: addr, auth: auth}
}

// infoRefs is the first question to a server.
const infoRefs = "/info/refs"

// ask sends a request of the protocol and returns the answer if it is 200. Redirects are
// followed within the server only: the token is for nobody else.
func ask(ctx context.Context, method, address string, auth Auth, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	server := strings.TrimSuffix(auth.Server, "/") + "/"
	if auth.Token != "" && strings.HasPrefix(address, server) {
		req.Header.Set("Authorization", auth.login())
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	}
	client := http.Client{CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if from := via[0].URL; req.URL.Scheme != from.Scheme || req.URL.Host != from.Host || len(via) > 5 {
			return fmt.Errorf("%w: it leads to another server, %s, which is not followed", ErrDenied, req.URL.Host)
		}
		return nil
	}}
	resp, err := client.Do(req)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, ErrDenied):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	case resp.StatusCode == http.StatusOK:
		return resp, nil
	}
	resp.Body.Close()
	why := ErrUnreachable
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		why = ErrDenied
	case http.StatusNotFound, http.StatusGone:
		why = ErrNotFound
	}
	return nil, fmt.Errorf("%w: %s", why, resp.Status)
}

// askRefs asks for the refs of a repository, and says where it is.
func askRefs(ctx context.Context, addr *url.URL, auth Auth) (*http.Response, *url.URL, error) {
	resp, err := ask(ctx, http.MethodGet, addr.String()+infoRefs+"?service=git-upload-pack", auth, nil)
	if err != nil {
		return nil, nil, err
	}
	now := *resp.Request.URL
	path, ok := strings.CutSuffix(now.Path, infoRefs)
	if !ok {
		resp.Body.Close()
		return nil, nil, fmt.Errorf("%w: it leads to %s, which is no repository", ErrNotFound, now.Path)
	}
	now.Path, now.RawPath, now.RawQuery = path, "", ""
	return resp, &now, nil
}

// movedTo asks where a repository is now.
func movedTo(ctx context.Context, addr *url.URL, auth Auth) (*url.URL, error) {
	resp, now, err := askRefs(ctx, addr, auth)
	if err != nil {
		return addr, err
	}
	return now, resp.Body.Close()
}

// list asks for the refs.
func (h *httpRemote) list(ctx context.Context) (*listing, error) {
	if !strings.HasPrefix(h.address.Scheme, "http") {
		return nil, errNeedsGit
	}
	resp, now, err := askRefs(ctx, h.address, h.auth)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	h.address, h.told = now, packp.NewAdvRefs()
	l := &listing{refs: map[string]string{}, format: pack.SHA1}
	err = h.told.Decode(resp.Body)
	_, _ = io.CopyN(io.Discard, resp.Body, 1) // to its end, so that the connection serves again
	if errors.Is(err, packp.ErrEmptyAdvRefs) {
		return l, nil
	}
	if format := h.told.Capabilities.Get("object-format"); len(format) > 0 && format[0] != "sha1" {
		return nil, fmt.Errorf("its objects are of %.20q: %w", format[0], errNeedsGit)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: its list of refs cannot be read: %w", ErrUnreachable, err)
	}
	for name, id := range h.told.References {
		if strings.HasPrefix(name, "refs/") && IsRefName(name) {
			l.refs[name] = id.String()
		}
	}
	transport.FilterUnsupportedCapabilities(h.told.Capabilities)
	branch, id := "", ""
	for _, s := range h.told.Capabilities.Get(capability.SymRef) {
		if from, to, _ := strings.Cut(s, ":"); from == "HEAD" {
			branch = to
		}
	}
	if h.told.Head != nil {
		id = h.told.Head.String()
	}
	l.setHead(branch, id)
	return l, nil
}

// fetch fetches what is missing and makes the refs as they were listed.
func (h *httpRemote) fetch(ctx context.Context, dir string, l *listing, only []string) error {
	if only != nil {
		return errNeedsGit
	}
	r, err := openAt(dir)
	if err != nil {
		return err
	}
	had, _, err := r.storedRefs()
	if err != nil {
		return err
	}
	req := packp.NewUploadPackRequestFromCapabilities(h.told.Capabilities)
	for _, ref := range had {
		req.Haves = append(req.Haves, plumbing.NewHash(r.hash.Hex(ref.id)))
	}
	seen := map[plumbing.Hash]bool{}
	for _, id := range l.refs {
		if hash := plumbing.NewHash(id); !seen[hash] && r.storage.HasEncodedObject(hash) != nil {
			seen[hash] = true
			req.Wants = append(req.Wants, hash)
		}
	}
	if len(req.Wants) > 0 {
		if err := h.fetchPack(ctx, r, req); err != nil {
			return err
		}
	}
	for _, ref := range had {
		if l.refs[ref.name] == "" {
			if err := r.storage.RemoveReference(plumbing.ReferenceName(ref.name)); err != nil {
				return err
			}
		}
	}
	for name, id := range l.refs {
		if err := r.storage.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), plumbing.NewHash(id))); err != nil {
			return err
		}
	}
	return r.storage.PackRefs()
}

// fetchPack fetches a pack and stores it, with an index.
func (h *httpRemote) fetchPack(ctx context.Context, r *Repository, req *packp.UploadPackRequest) error {
	var body bytes.Buffer
	err := errors.Join(req.UploadRequest.Encode(&body), req.UploadHaves.Encode(&body, false), pktline.NewEncoder(&body).EncodeString("done\n"))
	if err != nil {
		return err
	}
	resp, err := ask(ctx, http.MethodPost, h.address.String()+"/git-upload-pack", h.auth, &body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer := packp.NewUploadPackResponse(req)
	var packed io.Reader = answer
	switch {
	case req.Capabilities.Supports(capability.Sideband64k):
		packed = sideband.NewDemuxer(sideband.Sideband64k, answer)
	case req.Capabilities.Supports(capability.Sideband):
		packed = sideband.NewDemuxer(sideband.Sideband, answer)
	}
	if err = answer.Decode(resp.Body); err == nil {
		err = packfile.UpdateObjectStorage(r.storage, packed)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// pack leaves packs as they are: only git can.
func (h *httpRemote) pack(context.Context, string) error { return nil }
