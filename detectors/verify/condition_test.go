package verify

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestConditions(t *testing.T) {
	answer := func(status int, body string) facts {
		return factsOf(&Answer{Status: status, Header: http.Header{"X-Scopes": {"a, b"}}, Body: []byte(body)}, values{"site": "eu"})
	}
	tests := []struct {
		condition string
		facts     facts
		want      bool
	}{
		{`status == 200`, answer(200, ""), true},
		{`status == 200 && filled(json.id)`, answer(200, `{"id": 7}`), true},
		{`status == 200 && filled(json.id)`, answer(200, `{"id": 0}`), false},
		{`status == 200 && filled(json.id)`, answer(200, `{"id": ""}`), false},
		{`status == 200 && filled(json.id)`, answer(200, `{}`), false},
		{`status == 200 && filled(json.id)`, answer(200, `[]`), false},
		{`status == 200 && filled(json.id)`, answer(200, `null`), false},
		{`status == 200 && filled(json.id)`, answer(200, `{"id": 1} {"id": 2}`), false},
		{`status == 200 && filled(json.id)`, answer(200, `"id"`), false},
		{`filled(json[0].id)`, answer(200, `[{"id": "x"}]`), true},
		{`filled(json.a.b.c)`, answer(200, `{"a": 1}`), false},
		{`json.n == 9007199254740993`, answer(200, `{"n": 9007199254740993}`), true},
		{`json.f > 1.4`, answer(200, `{"f": 1.5}`), true},
		{`header("x-scopes") contains "b"`, answer(200, ""), true},
		{`header("none") == ""`, answer(200, ""), true},
		{`vars.site == "eu"`, answer(200, ""), true},
		{`body contains "no_service"`, answer(404, "no_service"), true},
		{`json.error in ["a", "b"]`, answer(400, `{"error": "b"}`), true},
		{`filled(json.list)`, answer(200, `{"list": []}`), false},
		{``, answer(200, ""), false},
	}
	var p programs
	for _, tt := range tests {
		if got := p.holds(tt.condition, tt.facts); got != tt.want {
			t.Errorf("%s of %d %s: %t, want %t", tt.condition, tt.facts.Status, tt.facts.Body, got, tt.want)
		}
	}
}

// TestConditionEnds wants a condition that would take for ever, or all memory, to
// be false.
func TestConditionEnds(t *testing.T) {
	var p programs
	f := factsOf(&Answer{Status: 200, Body: []byte("[" + strings.Repeat("1,", 5000) + "1]")}, nil)
	if p.holds(`len(filter(json, {len(map(json, {# + 1})) > 0})) > 0 && len(1..100000000) > 0`, f) {
		t.Error("it holds")
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		in   any
		want time.Time
	}{
		{"2026-11-24T10:30:00Z", at},
		{"2026-11-24T12:30:00+02:00", at},
		{"2026-11-24 10:30:00 UTC", at},
		{"2026-11-24 10:30:00 +0000", at},
		{"2026-11-24T10:30:00", at},
		{"2026-11-24", day},
		{"Tue, 24 Nov 2026 10:30:00 GMT", at},
		{int(at.Unix()), at},
		{float64(at.Unix()), at},
		{int(at.UnixMilli()), at},
		{"1795516200", time.Unix(1795516200, 0).UTC()},
		{"never", time.Time{}},
		{"", time.Time{}},
		{0, time.Time{}},
		{-5, time.Time{}},
		{nil, time.Time{}},
		{"20261-01-01T00:00:00Z", time.Time{}},
		{int(1 << 62), time.Time{}},
	}
	for _, tt := range tests {
		if got := asTime(tt.in); !got.Equal(tt.want) {
			t.Errorf("%v: got %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestLists(t *testing.T) {
	for _, tt := range []struct {
		in   any
		want []string
	}{
		{"repo, read:org", []string{"repo", "read:org"}},
		{"a b", []string{"a", "b"}},
		{[]any{"a", 7, nil, ""}, []string{"a", "7"}},
		{nil, nil},
		{map[string]any{"a": 1}, nil},
	} {
		if got := asList(tt.in); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.in, got, tt.want)
		}
	}
}

// FuzzAnswer reads whatever an issuer might answer.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"id": 1, "scopes": ["a"], "expires": "2026-01-01"}`)
	f.Add(401, `[{"a": {}}]`)
	f.Add(200, `1e999`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		var p programs
		facts := factsOf(&Answer{Status: status, Body: []byte(body)}, nil)
		p.holds(`status == 200 && filled(json.id)`, facts)
		for _, text := range []string{"json", "json.id", "json.scopes", "json[0]", "json.expires"} {
			v := p.value(text, facts)
			asText(v)
			asList(v)
			if at := asTime(v); !at.IsZero() {
				if _, err := at.MarshalJSON(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
