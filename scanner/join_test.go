package scanner_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// text is one text of a source that is made for a test, with its place.
type text struct {
	at   scanner.Occurrence
	body string
}

// texts is a source whose texts are read by several workers at once.
type texts struct {
	all     []text
	workers int
}

func (s *texts) Name() string       { return "texts of a test" }
func (s *texts) Kind() scanner.Kind { return s.all[0].at.Kind }

func (s *texts) Read(_ context.Context, scan func(scanner.Chunk) int, _ *scanner.Coverage) error {
	p := pool.New().WithMaxGoroutines(s.workers)
	for i := range s.all {
		p.Go(func() { scan(scanner.Chunk{Text: []byte(s.all[i].body), Place: i}) })
	}
	p.Wait()
	return nil
}

func (s *texts) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	var all []scanner.Located
	for i := range hits {
		o := s.all[hits[i].Place.(int)].at
		o.Region = hits[i].Region
		all = append(all, scanner.Located{Hit: i, Occurrence: o})
	}
	return all, nil
}

func inCommit(commit, path, body string) text {
	return text{scanner.Occurrence{Kind: scanner.InGit, Repository: "acme/shop", Commit: commit, Blob: commit + path, Path: path}, body}
}

func inVariable(scope, name, value string) text {
	return text{scanner.Occurrence{Kind: scanner.InVariable, Repository: "acme/shop", Scope: scope, Variable: name, Field: name + " of " + scope}, name + "='" + value + "'\n"}
}

func inLog(job, step, body string) text {
	return text{scanner.Occurrence{Kind: scanner.InLog, Repository: "acme/shop", Run: "12", Job: job, Step: step}, body}
}

var joinEngine = sync.OnceValues(func() (*detectors.Engine, error) {
	return detectors.New(providers.Load(), detectors.DefaultOptions())
})

// madeUp are values by the names under which the texts of a test hold them.
func madeUp(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, template := range map[string]string{
		"id": "AKIA${base32:16}", "key": "${alnum:40}", "sid": "AC${hex:32}", "auth": "${hex:32}",
		"atlassian": "ATATT3xFfGF0${base64url:171}=${HEX:8}",
	} {
		for n := range uint64(3) {
			value, err := rules.Expand(template, rand.New(rand.NewPCG(n, uint64(len(template)))))
			if err != nil {
				t.Fatal(err)
			}
			all[fmt.Sprintf("{%s%d}", name, n+1)] = value
		}
	}
	return all
}

// replacer puts values for their names, or names for values.
func replacer(values map[string]string, toNames bool) *strings.Replacer {
	var pairs []string
	for name, value := range values {
		if toNames {
			name, value = value, name
		}
		pairs = append(pairs, name, value)
	}
	return strings.NewReplacer(pairs...)
}

// scanTexts scans texts that hold the names of values.
func scanTexts(t *testing.T, workers int, values map[string]string, all []text, v *verify.Engine) ([]string, *scanner.Result) {
	t.Helper()
	fill := replacer(values, false)
	source := &texts{workers: workers}
	for _, x := range all {
		source.all = append(source.all, text{x.at, fill.Replace(x.body)})
	}
	return scanSource(t, source, values, v)
}

// scanSource returns what is reported, a line a secret: its rule and value, the parts
// that it is verified with, where those stand that stand apart, and how many stand
// for one that is not clear.
func scanSource(t *testing.T, source scanner.Source, values map[string]string, v *verify.Engine) ([]string, *scanner.Result) {
	t.Helper()
	e, err := joinEngine()
	if err != nil {
		t.Fatal(err)
	}
	names := replacer(values, true)
	said := map[string]string{}
	res := scanner.Run(t.Context(), []scanner.Source{source}, scanner.Options{Engine: e, Verify: v,
		Suppress: func(found []scanner.Secret) (kept, suppressed []scanner.Secret, unused []string) {
			for i := range found {
				s := &found[i]
				if s.Fingerprint != scanner.Fingerprint([]byte(s.Value)) {
					t.Errorf("%s: the fingerprint is not that of its value alone", s.Rule.ID)
				}
				said[s.Fingerprint] = names.Replace(s.Rule.ID + " " + s.Value + partsOf(s))
			}
			return found, nil, nil
		}})
	var lines []string
	for i := range res.Secrets {
		lines = append(lines, said[res.Secrets[i].Fingerprint])
	}
	slices.Sort(lines)
	return lines, res
}

func partsOf(s *scanner.Secret) string {
	at := map[string]string{}
	for _, p := range s.Parts {
		if p.At != "" {
			at[p.Name] = " at " + p.At
		}
	}
	var all []string
	for name, candidates := range s.Credential().Parts {
		all = append(all, ", "+name+" "+strings.Join(candidates, "|")+at[name])
	}
	for _, u := range s.Unclear {
		all = append(all, fmt.Sprintf(", %s of %d", u.Name, u.Candidates))
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

var lines = strings.Repeat("# a line between\n", 20)

func TestJoin(t *testing.T) {
	const (
		id1  = "aws_access_key_id = {id1}\n"
		id2  = "aws_access_key_id = {id2}\n"
		key1 = "aws_secret_access_key = {key1}\n"
		key2 = "aws_secret_access_key = {key2}\n"
	)
	jira := "url: https://acme.atlassian.net\nuser: ci@acme.com\n"
	tests := []struct {
		name  string
		texts []text
		want  []string
	}{
		{"two files of a commit", []text{inCommit("1", "a/ids", id1), inCommit("1", "b/keys", key1)},
			[]string{"aws-secret-access-key {key1}, key_id {id1} at a/ids:1"}},
		{"two folders and commits", []text{inCommit("1", "a/ids", id1), inCommit("2", "b/keys", key1)},
			[]string{"aws-access-key-id {id1}", "aws-secret-access-key {key1}"}},
		{"one folder at two commits", []text{inCommit("1", "a/ids", id1), inCommit("2", "a/keys", key1)},
			[]string{"aws-secret-access-key {key1}, key_id {id1} at a/ids:1"}},
		{"the folder goes before the commit", []text{inCommit("1", "a/ids", id1), inCommit("1", "b/ids", id2), inCommit("1", "a/keys", key1)},
			[]string{"aws-access-key-id {id2}", "aws-secret-access-key {key1}, key_id {id1} at a/ids:1"}},
		{"far in one file", []text{inCommit("1", "a/all", id1+lines+key1)},
			[]string{"aws-secret-access-key {key1}, key_id {id1} at a/all:1"}},
		{"one is far nearer", []text{inCommit("1", "a/all", id1+lines+lines+id2+lines+key1)},
			[]string{"aws-access-key-id {id1}", "aws-secret-access-key {key1}, key_id {id2} at a/all:42"}},
		{"one is a little nearer", []text{inCommit("1", "a/all", id1+id2+lines+key1)},
			[]string{"aws-access-key-id {id1}", "aws-access-key-id {id2}", "aws-secret-access-key {key1}, key_id of 2"}},
		{"near parts stay as they are", []text{inCommit("1", "a/all", id1+key1+lines+id2)},
			[]string{"aws-access-key-id {id2}", "aws-secret-access-key {key1}, key_id {id1}"}},
		{"stems in one file", []text{inCommit("1", "a/all", "PROD_AWS_ACCESS_KEY_ID={id1}\nSTAGE_AWS_ACCESS_KEY_ID={id2}\n"+lines+
			"STAGE_AWS_SECRET_ACCESS_KEY={key2}\nPROD_AWS_SECRET_ACCESS_KEY={key1}\n")},
			[]string{"aws-secret-access-key {key1}, key_id {id1} at a/all:1", "aws-secret-access-key {key2}, key_id {id2} at a/all:2"}},
		{"stems in two files, in either case", []text{inCommit("1", "a/ids", "prodAwsAccessKeyId: {id1}\nstageAwsAccessKeyId: {id2}\n"),
			inCommit("1", "b/keys", "PROD_AWS_SECRET_ACCESS_KEY={key1}\nSTAGE_AWS_SECRET_ACCESS_KEY={key2}\n")},
			[]string{"aws-secret-access-key {key1}, key_id {id1} at a/ids:1", "aws-secret-access-key {key2}, key_id {id2} at a/ids:2"}},
		{"names of different stems", []text{inCommit("1", "a/all", "UPLOAD_AWS_ACCESS_KEY_ID={id1}\n"+lines+"BILLING_AWS_SECRET_ACCESS_KEY={key1}\n")},
			[]string{"aws-access-key-id {id1}", "aws-secret-access-key {key1}"}},
		{"two ids, one key", []text{inCommit("1", "a/x", id1), inCommit("1", "a/y", id2), inCommit("1", "a/keys", key1)},
			[]string{"aws-access-key-id {id1}", "aws-access-key-id {id2}", "aws-secret-access-key {key1}, key_id of 2"}},
		{"one id, two keys", []text{inCommit("1", "a/ids", id1), inCommit("1", "a/x", key1), inCommit("1", "a/y", key2)},
			[]string{"aws-access-key-id {id1}", "aws-secret-access-key {key1}, key_id of 1", "aws-secret-access-key {key2}, key_id of 1"}},
		{"one id, two keys, one nearer", []text{inCommit("1", "a/ids", id1), inCommit("1", "a/x", key1), inCommit("1", "b/y", key2)},
			[]string{"aws-secret-access-key {key1}, key_id {id1} at a/ids:1", "aws-secret-access-key {key2}, key_id of 1"}},
		{"an id that has its key", []text{inCommit("1", "a/pair", id1+key1), inCommit("1", "a/keys", key2)},
			[]string{"aws-secret-access-key {key1}, key_id {id1}", "aws-secret-access-key {key2}"}},
		{"two variables of an environment", []text{inVariable("environment production", "AWS_ACCESS_KEY_ID", "{id1}"), inVariable("environment production", "AWS_SECRET_ACCESS_KEY", "{key1}"),
			inVariable("environment test", "AWS_ACCESS_KEY_ID", "{id2}"), inVariable("environment test", "AWS_SECRET_ACCESS_KEY", "{key2}")},
			[]string{"aws-secret-access-key {key1}, key_id {id1} at variable AWS_ACCESS_KEY_ID of the environment production", "aws-secret-access-key {key2}, key_id {id2} at variable AWS_ACCESS_KEY_ID of the environment test"}},
		{"two steps of a job", []text{inLog("build", "login", id1), inLog("build", "push", key1), inLog("test", "login", id2)},
			[]string{"aws-access-key-id {id2}", "aws-secret-access-key {key1}, key_id {id1} at job build, line 1"}},
		{"Twilio", []text{inCommit("1", "a/ids", "TWILIO_ACCOUNT_SID={sid1}\n"), inCommit("1", "a/keys", "TWILIO_AUTH_TOKEN={auth1}\n")},
			[]string{"twilio-auth-token {auth1}, account_sid {sid1} at a/ids:1"}},
		{"user, token and host far in one file", []text{inCommit("1", "a/all", jira+lines+"token: {atlassian1}\n")},
			[]string{"atlassian-api-token {atlassian1}, mail ci@acme.com at a/all:2, site acme.atlassian.net at a/all:1"}},
		{"user and host beside another token", []text{inCommit("1", "a/all", jira+"token: {atlassian1}\n"), inCommit("1", "a/old", "token: {atlassian2}\n")},
			[]string{"atlassian-api-token {atlassian1}, mail ci@acme.com, site acme.atlassian.net",
				"atlassian-api-token {atlassian2}, mail ci@acme.com at a/all:3, site acme.atlassian.net at a/all:3"}},
		{"user and host where no secret is", []text{inCommit("1", "a/all", jira), inCommit("1", "a/old", "token: {atlassian2}\n")},
			[]string{"atlassian-api-token {atlassian2}"}},
	}
	values := madeUp(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, workers := range []int{1, 2, 8} {
				if got, _ := scanTexts(t, workers, values, tt.texts, nil); !slices.Equal(got, tt.want) {
					t.Errorf("%d workers:\n%s\nwant:\n%s", workers, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
				}
			}
		})
	}
}

// TestJoinMany has more candidates in one folder than are told apart: nothing is
// clear.
func TestJoinMany(t *testing.T) {
	const accounts = 100
	all := []text{inCommit("1", "a/keys", "TWILIO_AUTH_TOKEN={auth1}\n")}
	for n := range uint64(accounts) {
		sid, err := rules.Expand("AC${hex:32}", rand.New(rand.NewPCG(n, 1)))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, inCommit("1", fmt.Sprintf("a/%d", n), "TWILIO_ACCOUNT_SID="+sid+"\n"))
	}
	got, _ := scanTexts(t, 8, madeUp(t), all, nil)
	if want := "twilio-auth-token {auth1}, account_sid of 65"; len(got) != accounts+1 || !slices.Contains(got, want) {
		t.Errorf("%d secrets, want %d with %q", len(got), accounts+1, want)
	}
}

// TestVerifyJoined asks a server that answers as Twilio does about a token whose
// account stands in another file: with it the token is live. A refusal proves
// nothing, for the account may be another's, but does where it stands near.
func TestVerifyJoined(t *testing.T) {
	values := madeUp(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		user, password, _ := r.BasicAuth()
		if user != values["{sid1}"] || password != values["{auth1}"] {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"code": 20003, "message": "Authenticate", "status": 401}`)
			return
		}
		fmt.Fprint(w, `{"sid": "made-up", "owner_account_sid": "made-up", "friendly_name": "Acme", "status": "active"}`)
	}))
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		texts []text
		want  verify.State
		why   string
	}{
		{"its own account apart", []text{inCommit("1", "a/ids", "TWILIO_ACCOUNT_SID={sid1}\n"), inCommit("1", "b/keys", "TWILIO_AUTH_TOKEN={auth1}\n")}, verify.Live, ""},
		{"another account apart", []text{inCommit("1", "a/ids", "TWILIO_ACCOUNT_SID={sid2}\n"), inCommit("1", "b/keys", "TWILIO_AUTH_TOKEN={auth1}\n")}, verify.Unknown, "account sid that stands apart"},
		{"another account near", []text{inCommit("1", "a/all", "TWILIO_ACCOUNT_SID={sid2}\nTWILIO_AUTH_TOKEN={auth1}\n")}, verify.Dead, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := verify.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Endpoints: map[string][]*url.URL{}}
			for _, host := range []string{"api.twilio.com", "api.dublin.ie1.twilio.com", "api.sydney.au1.twilio.com"} {
				o.Endpoints[host] = []*url.URL{address}
			}
			asker := verify.New(o)
			defer asker.Close()
			_, res := scanTexts(t, 2, values, tt.texts, asker)
			if len(res.Secrets) != 1 {
				t.Fatalf("%d secrets, want 1", len(res.Secrets))
			}
			if v := res.Secrets[0].Verdict; v.State != tt.want || !strings.Contains(v.Reason, tt.why) {
				t.Errorf("%s (%s), want %s with %q", v.State, v.Reason, tt.want, tt.why)
			}
		})
	}
}
