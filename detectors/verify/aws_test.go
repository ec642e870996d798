package verify_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

var stsHosts = []string{"sts.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn", "sts.us-gov-west-1.amazonaws.com"}

func init() {
	farms = append(farms, func(t *testing.T) []farmed {
		key := cloudCredential(t, "aws-secret-access-key", "key_id")
		token := cloudCredential(t, "aws-session-token", "key_id", "secret_key")
		arn := "arn:aws:iam::123456789012:user/ci"
		accept := func(id, secret, session string) http.Handler {
			return fakeAWS{keys: []awsIdentity{{id: id, secret: secret, session: session, region: "us-east-1", arn: arn}}}
		}
		return []farmed{
			{cred: key, hosts: stsHosts, accept: accept(key.Part("key_id"), key.Value, ""), refuse: fakeAWS{}, name: arn, id: "AIDAEXAMPLE", steps: 1},
			{cred: token, hosts: stsHosts, accept: accept(token.Part("key_id"), token.Part("secret_key"), token.Value), refuse: fakeAWS{}, name: arn, steps: 1},
		}
	})
}

// cloudCredential is one of the examples of a rule, with those parts.
func cloudCredential(t *testing.T, rule string, parts ...string) *verify.Credential {
	t.Helper()
	provider, _, _ := strings.Cut(rule, "-")
	all := allProviders(t)
	i := slices.IndexFunc(all, func(p *rules.Provider) bool { return p.ID == provider })
	return credentialOf(t, all[i], rule, parts)
}

// awsIdentity is a key that the fake STS and IAM know.
type awsIdentity struct{ id, secret, session, region, arn string }

// fakeAWS answers as STS and IAM do, and checks signatures as they do.
type fakeAWS struct {
	keys    []awsIdentity
	code    string // what every key is refused with, if it is not ""
	message string
	calls   *awsCalls
}

// awsCalls are the forms that were sent to a fakeAWS.
type awsCalls struct {
	sync.Mutex
	forms []url.Values
}

func (f fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	if f.calls != nil {
		f.calls.Lock()
		f.calls.forms = append(f.calls.forms, form)
		f.calls.Unlock()
	}
	w.Header().Set("Content-Type", "text/xml")
	scope := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
	known := slices.IndexFunc(f.keys, func(k awsIdentity) bool { return k.id == scope[0] })
	switch {
	case f.code != "":
		refuseAWS(w, f.code, f.message)
	case known < 0, f.keys[known].region != scope[2], f.keys[known].session != r.Header.Get("X-Amz-Security-Token"):
		refuseAWS(w, "InvalidClientTokenId", "The security token included in the request is invalid.")
	case f.keys[known].authorization(r, body, scope[2], scope[3]) != r.Header.Get("Authorization"):
		refuseAWS(w, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
	default:
		f.do(w, form, f.keys[known])
	}
}

// authorization signs a request anew.
func (k awsIdentity) authorization(r *http.Request, body []byte, region, service string) string {
	host := map[string]string{
		"us-east-1sts": stsHosts[0], "cn-north-1sts": stsHosts[1], "us-gov-west-1sts": stsHosts[2],
		"us-east-1iam": "iam.amazonaws.com", "cn-north-1iam": "iam.cn-north-1.amazonaws.com.cn",
	}[region+service]
	again := &http.Request{Method: r.Method, URL: &url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}, Header: http.Header{}}
	again.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	at, _ := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	verify.SignAWS(k.id, k.secret, k.session, again, body, region, service, at)
	return again.Header.Get("Authorization")
}

func (f fakeAWS) do(w http.ResponseWriter, form url.Values, k awsIdentity) {
	switch form.Get("Action") {
	case "GetCallerIdentity":
		fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
			`<Arn>%s</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, k.arn)
	case "GetAccessKeyLastUsed":
		io.WriteString(w, `<GetAccessKeyLastUsedResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccessKeyLastUsedResult>`+
			`<UserName>ci</UserName></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>`)
	case "UpdateAccessKey":
		io.WriteString(w, `<UpdateAccessKeyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"/>`)
	}
}

func refuseAWS(w http.ResponseWriter, code, message string) {
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
}

// permanentKey and temporaryKey are credentials whose parts are whole.
func permanentKey(t *testing.T) *verify.Credential {
	return cloudCredential(t, "aws-secret-access-key", "key_id")
}

func temporaryKey(t *testing.T) *verify.Credential {
	return cloudCredential(t, "aws-secret-access-key", "temporary_key_id", "session_token")
}

func askAWS(t *testing.T, c *verify.Credential, h http.Handler) verify.Verdict {
	t.Helper()
	return farmed{cred: c, hosts: stsHosts}.ask(t, h, nil)
}

func TestAWSIdentities(t *testing.T) {
	tests := []struct{ name, arn, kind, access string }{
		{"user, of whom the provider file says what it is", "arn:aws:iam::123456789012:user/ann", "machine", ""},
		{"root", "arn:aws:iam::123456789012:root", "machine", "admin"},
		{"role", "arn:aws:sts::123456789012:assumed-role/deploy/i-0123", "machine", ""},
		{"role of Identity Center", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0f/ann@acme.com", "person", ""},
	}
	c := permanentKey(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := askAWS(t, c, fakeAWS{keys: []awsIdentity{{c.Part("key_id"), c.Value, "", "us-east-1", tt.arn}}})
			if v.State != verify.Live || v.Identity.Name != tt.arn || v.Identity.Kind != tt.kind || string(v.Access) != tt.access {
				t.Errorf("%s (%s), %+v, access %q", v.State, v.Reason, v.Identity, v.Access)
			}
			if v.Identity.Account != "123456789012" {
				t.Errorf("account %q", v.Identity.Account)
			}
		})
	}
}

func TestAWSVerdicts(t *testing.T) {
	permanent, temporary := permanentKey(t), temporaryKey(t)
	withSecret := func(secret string) fakeAWS {
		return fakeAWS{keys: []awsIdentity{{permanent.Part("key_id"), secret, "", "us-east-1", "arn:aws:iam::1:user/x"}}}
	}
	inRegion := func(region string) fakeAWS {
		return fakeAWS{keys: []awsIdentity{{permanent.Part("key_id"), permanent.Value, "", region, "arn:aws:iam::1:user/x"}}}
	}
	session := fakeAWS{keys: []awsIdentity{{temporary.Part("temporary_key_id"), temporary.Value, temporary.Part("session_token"), "us-east-1", "arn:aws:sts::1:assumed-role/x/y"}}}
	tests := []struct {
		name   string
		cred   *verify.Credential
		server http.Handler
		state  verify.State
		reason string
	}{
		{"unknown in every partition", permanent, fakeAWS{}, verify.Dead, "refuses"},
		{"of China", permanent, inRegion("cn-north-1"), verify.Live, ""},
		{"of GovCloud", permanent, inRegion("us-gov-west-1"), verify.Live, ""},
		{"another secret's key id", permanent, withSecret("x" + permanent.Value[1:]), verify.Unknown, "not its own"},
		{"this machine's clock is slow", permanent, fakeAWS{code: "SignatureDoesNotMatch", message: "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z"}, verify.Unknown, "clock"},
		{"this machine's clock is fast", permanent, fakeAWS{code: "SignatureDoesNotMatch", message: "Signature not yet current: 20260101T000000Z"}, verify.Unknown, "clock"},
		{"another error", permanent, fakeAWS{code: "AccessDenied"}, verify.Unknown, "neither"},
		{"expired, and yet permanent", permanent, fakeAWS{code: "ExpiredToken"}, verify.Unknown, "neither"},
		{"temporary", temporary, session, verify.Live, ""},
		{"temporary and expired", temporary, fakeAWS{code: "ExpiredToken"}, verify.Dead, "refuses"},
		{"one partition fails", permanent, failsAfter(1, fakeAWS{}), verify.Unknown, "fails (500)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := askAWS(t, tt.cred, tt.server)
			if v.State != tt.state || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s (%s), want %s (%s)", v.State, v.Reason, tt.state, tt.reason)
			}
			if id := tt.cred.Part("key_id"); id != "" && strings.Contains(fmt.Sprint(v), id) {
				t.Error("the verdict holds the key id")
			}
		})
	}
}

// failsAfter answers a number of requests by h and then fails.
func failsAfter(n int, h http.Handler) http.Handler {
	return farmed{accept: h}.wrongAt(n, reply(500, "text/xml", ""))
}

func TestAWSCandidates(t *testing.T) {
	permanent, temporary := permanentKey(t), temporaryKey(t)
	id := permanent.Part("key_id")
	other := id[:19] + map[bool]string{true: "B", false: "A"}[id[19] == 'A']
	two := *permanent
	two.Parts = map[string][]string{"key_id": {other, id}}
	mixed := *temporary
	mixed.Parts = map[string][]string{"key_id": {id}, "temporary_key_id": temporary.Parts["temporary_key_id"], "session_token": temporary.Parts["session_token"]}
	none := *permanent
	none.Parts = nil
	secret := *temporary
	secret.Parts = map[string][]string{"temporary_key_id": temporary.Parts["temporary_key_id"]}
	tests := []struct {
		name   string
		cred   *verify.Credential
		keys   []awsIdentity
		state  verify.State
		reason string
	}{
		{"the second of two ids is its own", &two, []awsIdentity{{id, two.Value, "", "us-east-1", "arn:aws:iam::1:user/x"}}, verify.Live, ""},
		{"the second of two known ids is its own", &two, []awsIdentity{{other, "another's", "", "us-east-1", ""}, {id, two.Value, "", "us-east-1", "arn:aws:iam::1:user/x"}}, verify.Live, ""},
		{"neither of two ids is known", &two, nil, verify.Unknown, "may not be its own"},
		{"temporary, beside a permanent id", &mixed, []awsIdentity{{temporary.Part("temporary_key_id"), mixed.Value, temporary.Part("session_token"), "us-east-1", "arn:aws:iam::1:user/x"}}, verify.Live, ""},
		{"neither the permanent nor the temporary id is known", &mixed, nil, verify.Unknown, "may be its own"},
		{"no id", &none, nil, verify.Unverifiable, "does not stand near it"},
		{"temporary without its session token", &secret, nil, verify.Unverifiable, "session token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := askAWS(t, tt.cred, fakeAWS{keys: tt.keys})
			if v.State != tt.state || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s (%s), want %s (%s)", v.State, v.Reason, tt.state, tt.reason)
			}
		})
	}
}

// keyIDOf is a key id that holds an account.
func keyIDOf(prefix string, account uint64) string {
	bits := binary.BigEndian.AppendUint64(nil, 1<<47|account<<7)[2:]
	return prefix + base32.StdEncoding.EncodeToString(append(bits, 1, 2, 3, 4))
}

func TestAccountOfKeyID(t *testing.T) {
	tests := []struct{ name, id, want string }{
		{"published with the method", "ASIA" + "QNZGKIQY56JQ7WML", "029608264753"},
		{"permanent", keyIDOf("AKIA", 123456789012), "123456789012"},
		{"leading zeros", keyIDOf("AKIA", 7), "000000000007"},
		{"issued before 2019", "AKIA" + "IOSFODNN7EXAMPLE", ""},
		{"no base32", "AKIA" + "Q0000000000000AA", ""},
		{"another kind of id", keyIDOf("AROA", 123456789012), ""},
		{"too many digits", keyIDOf("AKIA", 1_000_000_000_000), ""},
		{"short", "AKIA", ""},
		{"line ends, which base32 skips", "AKIA" + strings.Repeat("\n", 16), ""},
	}
	for _, tt := range tests {
		if got := verify.AccountOfKeyID(tt.id); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAWSKeyIDAlone(t *testing.T) {
	tests := []struct{ name, rule, id, account, reason string }{
		{"permanent", "aws-access-key-id", keyIDOf("AKIA", 123456789012), "123456789012", "takes its secret access key to ask"},
		{"temporary", "aws-temporary-access-key-id", keyIDOf("ASIA", 123456789012), "123456789012", "and its session token"},
		{"canary", "aws-access-key-id", keyIDOf("AKIA", 52310077262), "052310077262", "canary"},
		{"of the documentation", "aws-access-key-id", "AKIA" + "IOSFODNN7" + "EXAMPLE", "", "documentation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := cloudCredential(t, tt.rule)
			c.Value = tt.id
			e := verify.New(verify.Options{Offline: true})
			if v := e.Verify(t.Context(), c); v.State != verify.Unverifiable || v.Identity.Account != tt.account || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s (%s), account %q", v.State, v.Reason, v.Identity.Account)
			}
		})
	}
}

func TestAWSCanary(t *testing.T) {
	c := permanentKey(t)
	id := keyIDOf("AKIA", 534261010715)
	c.Parts = map[string][]string{"key_id": {id}}
	server := fakeAWS{keys: []awsIdentity{{id, c.Value, "", "us-east-1", "arn:aws:iam::534261010715:user/x"}}, calls: &awsCalls{}}
	f := farmed{cred: c, hosts: stsHosts}
	v := f.ask(t, server, nil)
	if v.State != verify.Unverifiable || !strings.Contains(v.Reason, "--trip-canaries") || v.Identity.Account != "534261010715" {
		t.Errorf("%s (%s), account %q", v.State, v.Reason, v.Identity.Account)
	}
	if len(server.calls.forms) > 0 {
		t.Fatal("the canary was asked about")
	}
	// As the second candidate it is not asked about either.
	c.Parts = map[string][]string{"key_id": {keyIDOf("AKIA", 123456789012), id}}
	if v := f.ask(t, server, nil); v.State != verify.Unverifiable {
		t.Errorf("as the second candidate: %s (%s)", v.State, v.Reason)
	}
	c.Parts = map[string][]string{"key_id": {id}}
	if v := f.ask(t, server, func(o *verify.Options) { o.TripCanaries = true }); v.State != verify.Live {
		t.Errorf("with --trip-canaries: %s (%s)", v.State, v.Reason)
	}
}

func TestBedrockItself(t *testing.T) {
	long := cloudCredential(t, "aws-bedrock-long-term-key")
	if v := verify.New(verify.Options{Offline: true}).Verify(t.Context(), long); len(v.Identity.Account) != 12 || !strings.HasPrefix(v.Identity.Name, "BedrockAPIKey-") {
		t.Errorf("long-term: %+v", v.Identity)
	}
	short := func(date string, seconds int) string {
		query := url.Values{
			"Action": {"CallWithBearerToken"}, "X-Amz-Credential": {keyIDOf("ASIA", 123456789012) + "/20260101/us-east-1/bedrock/aws4_request"},
			"X-Amz-Date": {date}, "X-Amz-Expires": {strconv.Itoa(seconds)},
		}
		return "bedrock-api-key-" + base64.StdEncoding.EncodeToString([]byte("bedrock.amazonaws.com/?"+query.Encode()))
	}
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name, value string
		state       verify.State
		expires     time.Time
	}{
		{"its time is over", short("20260101T000000Z", 43200), verify.Dead, now},
		{"its time is not over", short("20260101T000000Z", 43201), verify.Unverifiable, now.Add(time.Second)},
		{"no time", short("20260101T000000Z", 0), verify.Unverifiable, time.Time{}},
		{"no base64", "bedrock-api-key-!", verify.Unverifiable, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := cloudCredential(t, "aws-bedrock-short-term-key")
			c.Value = tt.value
			e := verify.New(verify.Options{Offline: true, Now: func() time.Time { return now }})
			if v := e.Verify(t.Context(), c); v.State != tt.state || !v.Expires.Equal(tt.expires) {
				t.Errorf("%s (%s), expires %s; want %s, %s", v.State, v.Reason, v.Expires, tt.state, tt.expires)
			}
		})
	}
}

// operator puts a key of the operator into the environment.
func operator(t *testing.T) awsIdentity {
	r := rand.New(rand.NewPCG(1, 2))
	secret, err := rules.Expand("${base64:40}", r)
	if err != nil {
		t.Fatal(err)
	}
	k := awsIdentity{id: keyIDOf("AKIA", 210987654321), secret: secret, region: "us-east-1"}
	t.Setenv("AWS_ACCESS_KEY_ID", k.id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", k.secret)
	for _, name := range []string{"AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, "")
	}
	return k
}

// iamEngine asks a server that stands for IAM.
func iamEngine(t *testing.T, h http.Handler) *verify.Engine {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return verify.New(verify.Options{Limits: quick(), Endpoints: map[string][]*url.URL{
		"iam.amazonaws.com": {at}, "iam.cn-north-1.amazonaws.com.cn": {at},
	}})
}

func TestAWSRevoke(t *testing.T) {
	c := permanentKey(t)
	id := c.Part("key_id")
	alone := cloudCredential(t, "aws-access-key-id")
	for _, tt := range []struct {
		name, id, region string
		cred             *verify.Credential
	}{
		{"by the secret", id, "", c},
		{"by the key id", alone.Value, "", alone},
		{"in China", id, "cn-north-1", c},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own := operator(t)
			if tt.region != "" {
				own.region = tt.region
				t.Setenv("AWS_REGION", tt.region)
			}
			server := fakeAWS{keys: []awsIdentity{own}, calls: &awsCalls{}}
			if err := iamEngine(t, server).Revoke(t.Context(), tt.cred); err != nil {
				t.Fatal(err)
			}
			forms := server.calls.forms
			if len(forms) != 2 {
				t.Fatalf("%d requests, want 2", len(forms))
			}
			if forms[0].Get("Action") != "GetAccessKeyLastUsed" || forms[0].Get("AccessKeyId") != tt.id {
				t.Errorf("first request: %s", forms[0].Get("Action"))
			}
			last := forms[1]
			if last.Get("Action") != "UpdateAccessKey" || last.Get("AccessKeyId") != tt.id || last.Get("Status") != "Inactive" || last.Get("UserName") != "ci" {
				t.Errorf("second request: %s, %s, %s", last.Get("Action"), last.Get("Status"), last.Get("UserName"))
			}
		})
	}
}

func TestAWSRevokePlan(t *testing.T) {
	operator(t)
	c := permanentKey(t)
	plan, err := verify.New(verify.Options{}).Plan(c)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(plan.Requests, "\n")
	for _, want := range []string{"POST https://iam.amazonaws.com/", "Action=GetAccessKeyLastUsed", "Action=UpdateAccessKey", "AccessKeyId=AK***", "Status=Inactive"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plan lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, c.Part("key_id")) || strings.Contains(text, c.Value) || plan.Effect == "" {
		t.Error("the plan holds the key, or no effect")
	}
}

func TestAWSRevokeRefused(t *testing.T) {
	c := permanentKey(t)
	two := *c
	two.Parts = map[string][]string{"key_id": {c.Part("key_id"), keyIDOf("AKIA", 1)}}
	none := *c
	none.Parts = nil
	apart := *c
	apart.Apart = []string{"key_id"}
	tests := []struct {
		name   string
		cred   *verify.Credential
		server func(own awsIdentity) http.Handler
		env    map[string]string
		want   string
	}{
		{"the operator's own key", c, nil, map[string]string{"AWS_ACCESS_KEY_ID": c.Part("key_id")}, "lock you out"},
		{"no key of the operator", c, nil, map[string]string{"AWS_ACCESS_KEY_ID": ""}, "AWS_SECRET_ACCESS_KEY"},
		{"two key ids", &two, nil, nil, "2 key ids"},
		{"no key id", &none, nil, nil, "by its id"},
		{"a key id that stands apart", &apart, nil, nil, "may be another's"},
		{"not allowed", c, func(awsIdentity) http.Handler { return fakeAWS{code: "AccessDenied"} }, nil, "not allowed to call iam:GetAccessKeyLastUsed"},
		{"another account's", c, func(awsIdentity) http.Handler { return fakeAWS{code: "NoSuchEntity"} }, nil, "not one of the account"},
		{"a bad signature", c, func(own awsIdentity) http.Handler { own.secret = "other"; return fakeAWS{keys: []awsIdentity{own}} }, nil, "SignatureDoesNotMatch"},
		{"a web page", c, func(awsIdentity) http.Handler { return reply(200, "text/html", "<html>") }, nil, "not IAM's"},
		{"the second request fails", c, func(own awsIdentity) http.Handler { return failsAfter(1, fakeAWS{keys: []awsIdentity{own}}) }, nil, "UpdateAccessKey: the answer, 500"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			own := operator(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			var h http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
			if tt.server != nil {
				h = tt.server(own)
			}
			err := iamEngine(t, h).Revoke(t.Context(), tt.cred)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q in it", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), c.Part("key_id")) || strings.Contains(err.Error(), own.secret)) {
				t.Error("the error holds a key")
			}
		})
	}
}
