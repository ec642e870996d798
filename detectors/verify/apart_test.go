package verify_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
)

// TestPartsApart: what is accepted with a part that stands apart is live; what is
// refused is dead only if it is without that part, too.
func TestPartsApart(t *testing.T) {
	near := permanentKey(t)
	apart := *near
	apart.Apart = []string{"key_id"}
	known := fakeAWS{keys: []awsIdentity{{id: near.Part("key_id"), secret: near.Value, region: "us-east-1", arn: "arn:aws:iam::123456789012:user/ci"}}}
	token := *cloudCredential(t, "github-pat")
	token.Parts, token.Apart = map[string][]string{"client_id": {"made-up"}}, []string{"client_id"}
	refuses := reply(http.StatusUnauthorized, "application/json; charset=utf-8", badCredentials)
	tests := []struct {
		name   string
		asked  farmed
		server http.Handler
		want   verify.State
		why    string
	}{
		{"accepted", farmed{cred: &apart, hosts: stsHosts}, known, verify.Live, ""},
		{"refused with it", farmed{cred: &apart, hosts: stsHosts}, fakeAWS{}, verify.Unknown, "the key id that stands apart from it"},
		{"refused with a near one", farmed{cred: near, hosts: stsHosts}, fakeAWS{}, verify.Dead, "stands near"},
		{"refused without it", farmed{cred: &token, hosts: []string{"api.github.com"}}, refuses, verify.Dead, "refuses"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v := tt.asked.ask(t, tt.server, nil); v.State != tt.want || !strings.Contains(v.Reason, tt.why) {
				t.Errorf("%s (%s), want %s with %q", v.State, v.Reason, tt.want, tt.why)
			}
		})
	}
}
