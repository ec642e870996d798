package verify

import (
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
)

func TestAccess(t *testing.T) {
	q := &rules.Verify{Admin: []string{"sudo", "org:*"}, Write: []string{"api", "https://acme.com/auth/*"}, Read: []string{"openid"}}
	tests := []struct {
		name   string
		scopes []string
		want   Access
	}{
		{"none", nil, ""},
		{"of the file", []string{"api"}, Write},
		{"of the file, admin", []string{"openid", "sudo"}, Admin},
		{"with a pattern", []string{"org:create"}, Admin},
		{"with slashes", []string{"https://acme.com/auth/drive"}, Write},
		{"read by its word", []string{"read:user"}, Read},
		{"reads about administrators", []string{"admin:read"}, Read},
		{"write by its word", []string{"packages:write"}, Write},
		{"camel case says nothing", []string{"readwriteall"}, ""},
		{"read and write", []string{"read", "write"}, Write},
		{"read and something", []string{"read", "wizard"}, ""},
		{"billing", []string{"billing"}, Admin},
		{"delete", []string{"delete_repo"}, Write},
		{"star", []string{"*"}, Admin},
		{"unheard of", []string{"wizard"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := accessOf(tt.scopes, q); got != tt.want {
				t.Errorf("%v: %q, want %q", tt.scopes, got, tt.want)
			}
		})
	}
}

func TestSeverity(t *testing.T) {
	tests := []struct {
		name   string
		state  State
		access Access
		base   rules.Severity
		want   rules.Severity
	}{
		{"admin", Live, Admin, rules.Medium, rules.Critical},
		{"write", Live, Write, rules.Medium, rules.High},
		{"write, critical already", Live, Write, rules.Critical, rules.Critical},
		{"read", Live, Read, rules.High, rules.Medium},
		{"read, low already", Live, Read, rules.Low, rules.Low},
		{"nothing known", Live, "", rules.High, rules.High},
		{"dead", Dead, Admin, rules.High, rules.High},
		{"unknown", Unknown, Read, rules.High, rules.High},
		{"public by design", Live, Admin, rules.Info, rules.Info},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Verdict{State: tt.state, Access: tt.access}
			if got := v.Severity(tt.base); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
