package inventory

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner/forge"
)

// VaultOptions say which vault is read, and as whom.
type VaultOptions struct {
	Address   string // "https://vault.acme.example"
	Token     string
	Namespace string   // sent as X-Vault-Namespace; "": none
	Mounts    []string // only these secrets engines; none: all that the token may see

	Roots *x509.CertPool // nil: those of the system
	Proxy *url.URL       // nil: none, whatever the environment says

	// Rate is of requests a second, 0 for 50, and Sleep waits; tests set them.
	Rate  rate.Limit
	Sleep func(context.Context, time.Duration) error
}

// VaultEnvironment reads the variables and the file from which the command lines of
// Vault and OpenBao take address, token and namespace.
// https://developer.hashicorp.com/vault/docs/commands#configure-environment-variables
func VaultEnvironment(getenv func(string) string) (VaultOptions, error) {
	either := func(name string) string { return cmp.Or(getenv("BAO_"+name), getenv("VAULT_"+name)) }
	o := VaultOptions{Address: either("ADDR"), Token: either("TOKEN"), Namespace: either("NAMESPACE")}
	if name := either("CACERT"); name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			return o, fmt.Errorf("VAULT_CACERT: %w", err)
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(data) {
			return o, fmt.Errorf("VAULT_CACERT: %s: no certificate in PEM form", name)
		}
	}
	if o.Token != "" {
		return o, nil
	}
	data, err := os.ReadFile(filepath.Join(getenv("HOME"), ".vault-token"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	o.Token = strings.TrimSpace(string(data))
	return o, nil
}

// Vault is a HashiCorp Vault or an OpenBao.
type Vault struct {
	opts    VaultOptions
	client  *forge.Client
	address string // without a slash at its end
	manager string // what the names of its parts begin with
}

// maxAnswer bounds an answer, in bytes: a list of a million names.
const maxAnswer = 64 << 20

// NewVault returns a client. It contacts nobody yet.
func NewVault(o VaultOptions) (*Vault, error) {
	switch {
	case o.Address == "":
		return nil, errors.New("no vault is named: set VAULT_ADDR, or give --url")
	case o.Token == "":
		return nil, errors.New("there is no token: set VAULT_TOKEN, or log in with vault login")
	case strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("VAULT_TOKEN holds no token: there are blanks or other odd characters in it")
	}
	u, err := verify.ParseEndpoint(o.Address)
	if err != nil {
		return nil, fmt.Errorf("the vault's address: %w", err)
	}
	transport := &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:     true,
		ResponseHeaderTimeout: 30 * time.Second,
	}
	if o.Proxy != nil {
		transport.Proxy = http.ProxyURL(o.Proxy)
	}
	v := &Vault{opts: o, address: strings.TrimSuffix(u.String(), "/")}
	v.opts.Namespace = strings.Trim(o.Namespace, "/")
	v.manager = "vault " + v.address + " "
	header := http.Header{"X-Vault-Request": {"true"}}
	if v.opts.Namespace != "" {
		header.Set("X-Vault-Namespace", v.opts.Namespace)
		v.manager = "vault " + v.address + "?namespace=" + v.opts.Namespace + " "
	}
	v.client, err = forge.New(forge.Options{
		BaseURL: v.address, Header: header, Transport: &oneHost{transport, u.Host}, Rate: cmp.Or(o.Rate, 50), Sleep: o.Sleep,
		MaxWait:   2 * time.Minute,
		Authorize: func(req *http.Request) { req.Header.Set("X-Vault-Token", o.Token) },
	})
	return v, err
}

// oneHost sends requests to one host alone, wherever a redirect leads.
type oneHost struct {
	http.RoundTripper
	host string
}

// RoundTrip sends the request, or refuses to.
func (t *oneHost) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.host {
		return nil, fmt.Errorf("it redirects to %s, which is not asked: name the active node in VAULT_ADDR", req.URL.Host)
	}
	return t.RoundTripper.RoundTrip(req)
}

// get asks for a path below v1 and decodes the data of the answer. What came in is
// wiped: it may hold secrets.
func (v *Vault) get(ctx context.Context, path string, data any) error {
	return v.client.Download(ctx, "v1/"+path, func(r io.Reader) error {
		body, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
		defer clear(body)
		switch {
		case err != nil:
			return fmt.Errorf("the answer broke off: %w", err)
		case len(body) > maxAnswer:
			return fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
		}
		if err := json.Unmarshal(body, &struct {
			Data any `json:"data"`
		}{data}); err != nil {
			return errors.New("the answer is not of the form that Vault's API has") // the error may quote a value
		}
		return nil
	})
}

// list asks for the names below a path; those of folders end in a slash. Nothing below
// is 404.
// https://developer.hashicorp.com/vault/api-docs#api-operations
func (v *Vault) list(ctx context.Context, path string) ([]string, error) {
	var data struct{ Keys []string }
	err := v.get(ctx, strings.TrimSuffix(path, "/")+"/?list=true", &data)
	if forge.StatusOf(err) == http.StatusNotFound {
		return nil, nil
	}
	return data.Keys, err
}

// escaped is a path of the vault for an address.
func escaped(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// mount is a secrets engine.
type mount struct {
	Type    string
	Options struct{ Version string }

	path string // "secret/"
}

// vaultReading is one call of Read.
type vaultReading struct {
	*Vault
	*Reading
	ctx   context.Context
	judge *judge
	keep  func(value []byte) (ledger.KeptValue, bool)
}

// Read walks through the vault. What it may not read is a gap.
func (v *Vault) Read(ctx context.Context, e *detectors.Engine, k *ledger.Keeping) *Reading {
	r := &vaultReading{Vault: v, Reading: new(Reading), ctx: ctx, judge: &judge{e, map[string]bool{}}, keep: k.Of}
	for _, m := range r.mounts() {
		if ctx.Err() != nil {
			break
		}
		part := Part{Manager: v.manager + m.path}
		switch m.Type {
		case "kv", "generic":
			r.keyValues(m, &part)
		case "cubbyhole", "system", "identity", "ns_cubbyhole", "ns_system", "ns_identity":
			continue // of the token, and of the vault itself
		default:
			r.engine(m, &part)
		}
		r.Parts = append(r.Parts, part)
	}
	return r.Reading
}

// mounts lists the secrets engines that are to be read. Only whoever may ask for
// sys/mounts is told all of them.
// https://developer.hashicorp.com/vault/api-docs/system/mounts
// https://developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts
func (r *vaultReading) mounts() []mount {
	all := map[string]mount{}
	err := r.get(r.ctx, "sys/mounts", &all)
	if err == nil && len(r.opts.Mounts) == 0 {
		r.Whole = r.manager
	}
	if forge.StatusOf(err) == http.StatusForbidden {
		var visible struct{ Secret map[string]mount }
		err = r.get(r.ctx, "sys/internal/ui/mounts", &visible)
		all = visible.Secret
	}
	if err != nil {
		r.gap("the secrets engines of "+r.address, err.Error(), fixOf(err, "sys/mounts"))
		return nil
	}
	wanted := r.opts.Mounts
	if len(wanted) == 0 {
		wanted = slices.Sorted(maps.Keys(all))
	}
	var mounts []mount
	for _, path := range wanted {
		path = strings.Trim(path, "/") + "/"
		m, ok := all[path]
		if !ok {
			r.gap(path, "there is no such secrets engine, or the token may not see it", "correct --path, or give the token a policy for it")
			continue
		}
		m.path = path
		mounts = append(mounts, m)
	}
	return mounts
}

// unread says that what a path holds could not be read; the entries of it begin so.
func (r *vaultReading) unread(part *Part, begin, path string, err error) {
	if r.ctx.Err() != nil {
		return // the command was interrupted, and records nothing
	}
	part.Unread = append(part.Unread, begin)
	r.gap(begin, err.Error(), fixOf(err, path))
}

// fixOf is what helps against an error at a path.
func fixOf(err error, path string) string {
	switch forge.StatusOf(err) {
	case http.StatusForbidden:
		return fmt.Sprintf("give a token that is valid, with a policy that allows read and list on %s: see docs/inventory.md", path)
	case http.StatusServiceUnavailable:
		return "unseal the vault"
	}
	return "correct the cause and run it again"
}

// page is the address at which a person sees something of an engine.
func (r *vaultReading) page(m mount, rest string) string {
	link := r.address + "/ui/vault/secrets/" + escaped(strings.TrimSuffix(m.path, "/")) + rest
	if r.opts.Namespace != "" {
		link += "?namespace=" + url.QueryEscape(r.opts.Namespace)
	}
	return link
}
