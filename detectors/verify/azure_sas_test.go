package verify_test

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

func init() {
	farms = append(farms, func(t *testing.T) []farmed {
		c := sharedAccessIn(t, "https://acc.blob.core.windows.net/c/b.txt?sp=r&se=2999-01-01T00:00:00Z&sv=2022-11-02&sr=b&sig=SIGNATURE")
		expired := "Signature not valid in the specified time frame: Start [Thu, 01 Jan 2026 00:00:00 GMT] - Expiry [Fri, 02 Jan 2026 00:00:00 GMT] - Current [Sat, 03 Jan 2026 00:00:00 GMT]"
		return []farmed{{
			cred: c, hosts: blobHosts, steps: 1, name: "acc", access: "read",
			accept: blobWith(c, "/c/b.txt", ""), refuse: storageError(403, "AuthenticationFailed", expired),
		}}
	})
}

// sharedAccessIn finds the shared access signature in a text, in which SIGNATURE
// stands for one.
func sharedAccessIn(t *testing.T, text string) *verify.Credential {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	text, err = rules.Expand(strings.ReplaceAll(text, "SIGNATURE", "${alnum:20}%2F${alnum:20}%2B${alnum:1}%3D"), rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range e.Scan([]byte(text), "") {
		if m.Rule.ID == "azure-sas-signature" {
			return credential(&m)
		}
	}
	t.Fatalf("no shared access signature was found")
	return nil
}

// blobWith serves a blob, or a list where the query says so, to a signature.
func blobWith(c *verify.Credential, path, comp string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		signature := strings.NewReplacer("%2F", "/", "%2B", "+", "%3D", "=").Replace(c.Value)
		switch {
		case query.Get("sig") != signature:
			storageError(403, "AuthenticationFailed", "Signature did not match. String to sign used was r")(w, r)
		case r.URL.Path != path || query.Get("comp") != comp:
			storageError(404, "BlobNotFound", "")(w, r)
		case comp == "list":
			listing(w, r)
		case r.Header.Get("X-Ms-Range") != "bytes=0-0":
			storageError(400, "InvalidRange", "")(w, r)
		default:
			w.Header().Set("X-Ms-Blob-Type", "BlockBlob")
			reply(206, "text/html", "<")(w, r)
		}
	})
}

const (
	accountSAS   = "sv=2022-11-02&ss=b&srt=sco&sp=rwdlacup&se=2999-01-01T00:00:00Z&spr=https&sig=SIGNATURE"
	containerSAS = "sp=rl&st=2026-01-01T00:00:00Z&se=2999-01-01T00:00:00Z&spr=https&sv=2022-11-02&sr=c&sig=SIGNATURE"
)

func TestSASVerdicts(t *testing.T) {
	ownsIt := func(path, comp string) func(c *verify.Credential) http.Handler {
		return func(c *verify.Credential) http.Handler { return blobWith(c, path, comp) }
	}
	says := func(code, detail string) func(c *verify.Credential) http.Handler {
		return func(*verify.Credential) http.Handler { return storageError(403, code, detail) }
	}
	mismatch := says("AuthenticationFailed", "Signature did not match. String to sign used was acc")
	const blob = "https://acc.blob.core.windows.net/c/b?"
	tests := []struct {
		name, text string
		server     func(c *verify.Credential) http.Handler
		state      verify.State
		reason     string
	}{
		{"blob", blob + containerSAS, ownsIt("/c/b", ""), verify.Live, ""},
		{"blob, in HTML", `<a href="` + strings.ReplaceAll(blob+containerSAS, "&", "&amp;") + `">`, ownsIt("/c/b", ""), verify.Live, ""},
		{"blob, in escaped JSON", `"` + strings.ReplaceAll(blob+containerSAS, "&", `\u0026`) + `"`, ownsIt("/c/b", ""), verify.Live, ""},
		{"parameters behind the signature", blob + "sv=2022-11-02&sr=b&sig=SIGNATURE&sp=r&se=2999-01-01", ownsIt("/c/b", ""), verify.Live, ""},
		{"container", "https://acc.blob.core.windows.net/c?" + containerSAS, ownsIt("/c", "list"), verify.Live, ""},
		{"account", "https://acc.blob.core.windows.net/?" + accountSAS, ownsIt("/", "list"), verify.Live, ""},
		{"not for reading", blob + containerSAS, says("AuthorizationPermissionMismatch", ""), verify.Live, ""},
		{"not for listing", "https://acc.blob.core.windows.net/?" + accountSAS, says("AuthorizationResourceTypeMismatch", ""), verify.Live, ""},
		{"account's key replaced", "https://acc.blob.core.windows.net/?" + accountSAS, mismatch, verify.Dead, "refuses"},
		{"container's name may be cut", "https://acc.blob.core.windows.net/${c}/b?" + containerSAS, mismatch, verify.Unknown, "the URL in the text"},
		{"policy not begun", blob + "si=p&sv=2022-11-02&sr=c&sig=SIGNATURE", says("AuthenticationFailed", "Signature not valid in the specified time frame: Start [Sun, 04 Jan 2026 00:00:00 GMT] - Expiry [Mon, 05 Jan 2026 00:00:00 GMT] - Current [Sat, 03 Jan 2026 00:00:00 GMT]"), verify.Unknown, "not begun"},
		{"blob is gone", blob + containerSAS, func(*verify.Credential) http.Handler { return storageError(404, "BlobNotFound", "") }, verify.Unknown, "neither"},
		{"too far from where the URL begins", "https://acc.blob.core.windows.net/c/" + strings.Repeat("b", 700) + "?" + containerSAS, nil, verify.Unverifiable, "only the query"},
		{"query alone", "SAS_TOKEN=?" + containerSAS, nil, verify.Unverifiable, "only the query"},
		{"queue", "https://acc.queue.core.windows.net/q?" + containerSAS, nil, verify.Unverifiable, "not one of the blob service"},
		{"another's host", "https://acc.blob.evil.example/c/b?" + containerSAS, nil, verify.Unverifiable, "not a host of the issuer"},
		{"a user in the URL", "https://acc@acc.blob.core.windows.net/c/b?" + containerSAS, nil, verify.Unverifiable, "only the query"},
		{"over", blob + strings.Replace(containerSAS, "2999", "2020", 1), nil, verify.Dead, "time is over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sharedAccessIn(t, strings.ReplaceAll(tt.text, "${", "${dollar}{"))
			var server http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
			if tt.server != nil {
				server = tt.server(c)
			}
			v := farmed{cred: c, hosts: blobHosts}.ask(t, server, nil)
			if v.State != tt.state || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s (%s), want %s (%s)", v.State, v.Reason, tt.state, tt.reason)
			}
		})
	}
}

func TestSASScopes(t *testing.T) {
	c := sharedAccessIn(t, "https://acc.blob.core.windows.net/?"+accountSAS)
	v := farmed{cred: c, hosts: blobHosts}.ask(t, blobWith(c, "/", "list"), nil)
	if v.Access != verify.Write || !slices.Contains(v.Scopes, "delete") || v.Identity.Account != "acc" {
		t.Errorf("access %q, scopes %v, account %q", v.Access, v.Scopes, v.Identity.Account)
	}
}

// TestSASTime reads the end of a signature's time in the forms that it is written
// in, wherever in the query it stands, and in no other one's.
func TestSASTime(t *testing.T) {
	const rest = "&sv=2022-11-02&sr=b&sig=SIGNATURE"
	tests := []struct {
		name, text string
		want       time.Time
	}{
		{"seconds", "?se=2020-01-02T03:04:05Z" + rest, time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)},
		{"escaped", "?se=2020-01-02T03%3A04%3A05Z" + rest, time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)},
		{"minutes", "?se=2020-01-02T03:04Z" + rest, time.Date(2020, 1, 2, 3, 4, 0, 0, time.UTC)},
		{"fractions", "?se=2020-01-02T03:04:05.1234567Z" + rest, time.Date(2020, 1, 2, 3, 4, 5, 123456700, time.UTC)},
		{"day", "?se=2020-01-02" + rest, time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)},
		{"behind the signature", "?sv=2022-11-02&sr=b&sig=SIGNATURE&se=2020-01-02", time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)},
		{"in a connection string", "BlobEndpoint=https://acc.blob.core.windows.net/;SharedAccessSignature=ss=b&se=2020-01-02" + rest, time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)},
		{"a policy's", "?si=p" + rest, time.Time{}},
		{"another's", "?si=p" + rest + "\n?se=2020-01-02" + rest, time.Time{}},
		{"a variable", "?se={end}" + rest, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sharedAccessIn(t, tt.text)
			v := verify.New(verify.Options{Offline: true}).Verify(t.Context(), c)
			want := verify.Dead
			if tt.want.IsZero() {
				want = verify.Unverified
			}
			if !v.Expires.Equal(tt.want) || v.State != want {
				t.Errorf("%s, expires %s; want %s, %s", v.State, v.Expires, want, tt.want)
			}
		})
	}
}
