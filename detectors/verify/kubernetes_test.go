package verify_test

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
)

// kubernetesCluster is the API server of the provider file's example.
const kubernetesCluster = "k8s.acme.dev"

func kubernetesToken(t *testing.T) *verify.Credential {
	t.Helper()
	return credentialOf(t, provider(t, "kubernetes"), "kubernetes-service-account-token", []string{"server"})
}

const (
	kubernetesReview       = `{"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "status": {"userInfo": {"username": "system:serviceaccount:ci:deployer", "uid": "7f3c", "groups": ["system:serviceaccounts", "system:authenticated"]}}}`
	kubernetesUnauthorized = `{"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "Unauthorized", "reason": "Unauthorized", "code": 401}`
)

func TestKubernetes(t *testing.T) {
	deployer := verify.Identity{ID: "7f3c", Name: "system:serviceaccount:ci:deployer", Kind: "machine"}
	tests := []struct {
		name   string
		status int
		body   string
		want   verify.Verdict
	}{
		{"live", 201, kubernetesReview, verify.Verdict{State: verify.Live, Identity: deployer}},
		{"a master of the cluster", 201, `{"kind": "SelfSubjectReview", "status": {"userInfo": {"username": "kubernetes-admin", "groups": ["system:masters"]}}}`,
			verify.Verdict{State: verify.Live, Access: verify.Admin, Identity: verify.Identity{Name: "kubernetes-admin", Kind: "machine"}}},
		{"known, but may not ask", 403, `{"kind": "Status", "status": "Failure", "message": "selfsubjectreviews.authentication.k8s.io is forbidden: User \"system:serviceaccount:ci:deployer\" cannot create resource \"selfsubjectreviews\" in API group \"authentication.k8s.io\" at the cluster scope", "reason": "Forbidden", "code": 403}`,
			verify.Verdict{State: verify.Live, Identity: verify.Identity{Name: deployer.Name, Kind: "machine"}}},
		{"refused", 401, kubernetesUnauthorized, verify.Verdict{State: verify.Dead}},
		{"nobody", 201, `{"kind": "SelfSubjectReview", "status": {"userInfo": {"username": "system:anonymous", "groups": ["system:unauthenticated"]}}}`, verify.Verdict{State: verify.Unknown}},
		{"nobody may ask", 403, `{"kind": "Status", "status": "Failure", "message": "selfsubjectreviews.authentication.k8s.io is forbidden: User \"system:anonymous\" cannot create resource", "reason": "Forbidden", "code": 403}`, verify.Verdict{State: verify.Unknown}},
		{"an older cluster", 404, `{"kind": "Status", "status": "Failure", "message": "the server could not find the requested resource", "reason": "NotFound", "code": 404}`, verify.Verdict{State: verify.Unknown}},
		{"a review without a user", 201, `{"kind": "SelfSubjectReview", "status": {}}`, verify.Verdict{State: verify.Unknown}},
		{"a Status of another code", 401, `{"kind": "Status", "reason": "Unauthorized", "code": 403}`, verify.Verdict{State: verify.Unknown}},
		{"a review that failed", 500, kubernetesReview, verify.Verdict{State: verify.Unknown}},
	}
	cred := kubernetesToken(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(kubernetesServer(t, cred, test.status, test.body))
			defer server.Close()
			sameVerdict(t, askNamed(t, cred, kubernetesCluster, server.URL), test.want)
		})
	}
}

// kubernetesServer answers the one question that may be asked.
func kubernetesServer(t *testing.T, cred *verify.Credential, status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review struct{ APIVersion, Kind string }
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Kind != "SelfSubjectReview" || review.APIVersion != "authentication.k8s.io/v1" {
			t.Errorf("asked with %+v (%v), want a SelfSubjectReview", review, err)
		}
		if r.Method != http.MethodPost || r.URL.String() != "/apis/authentication.k8s.io/v1/selfsubjectreviews" || r.Header.Get("Authorization") != "Bearer "+cred.Value {
			t.Errorf("%s %s, or without the token", r.Method, r.URL)
		}
		reply(status, "application/json", body)(w, r)
	})
}

// TestKubernetesWrongAnswers puts the farm's wrong answers: clusters are no hosts of
// an issuer, so that the farm itself cannot reach them.
func TestKubernetesWrongAnswers(t *testing.T) {
	cred := kubernetesToken(t)
	for _, wrong := range wrongAnswers {
		t.Run(wrong.name, func(t *testing.T) {
			server := httptest.NewServer(wrong.serve)
			defer server.Close()
			if v := askNamed(t, cred, kubernetesCluster, server.URL); v.State != verify.Unknown || v.Reason == "" {
				t.Errorf("%s (%s), want unknown, with a reason", v.State, v.Reason)
			}
		})
	}
}

// TestKubernetesUnasked says when no cluster is asked.
func TestKubernetesUnasked(t *testing.T) {
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a cluster was asked") }))
	defer trap.Close()
	whole := kubernetesToken(t)
	server := func(text string) *verify.Credential {
		c := *whole
		c.Parts = map[string][]string{"server": {text}}
		return &c
	}
	tests := []struct {
		name string
		cred *verify.Credential
	}{
		{"no server", server("")},
		{"a server that is not configured", server("https://k8s.attacker.dev:6443")},
		{"in clear", server("http://" + kubernetesCluster)},
		{"a server with a user", server("https://ada@" + kubernetesCluster)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if v := askNamed(t, test.cred, kubernetesCluster, trap.URL); v.State != verify.Unverifiable || v.Reason == "" {
				t.Errorf("%s (%s), want unverifiable, with a reason", v.State, v.Reason)
			}
		})
	}
}

// TestKubernetesAuthority: a certificate is held to the authorities of the system or
// the configuration.
func TestKubernetesAuthority(t *testing.T) {
	cred := kubernetesToken(t)
	server := httptest.NewUnstartedServer(reply(201, "application/json", kubernetesReview))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that is to fail
	server.StartTLS()
	defer server.Close()
	configured := x509.NewCertPool()
	configured.AddCert(server.Certificate())
	tests := []struct {
		name  string
		roots *x509.CertPool
		want  verify.State
	}{
		{"configured", configured, verify.Live},
		{"not known", x509.NewCertPool(), verify.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := farmed{cred: cred}
			v := f.ask(t, http.NotFoundHandler(), func(o *verify.Options) {
				o.Hosts, o.Roots = []string{kubernetesCluster}, test.roots
				o.Endpoints[kubernetesCluster] = []*url.URL{endpoint(t, server.URL)}
			})
			if v.State != test.want {
				t.Errorf("%s (%s), want %s", v.State, v.Reason, test.want)
			}
		})
	}
}
