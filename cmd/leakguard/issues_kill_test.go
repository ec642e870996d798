package main

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// TestIssuesKilled kills (SIGKILL) a sync in the middle: the next one goes on within a
// minute, and there is one issue.
func TestIssuesKilled(t *testing.T) {
	for _, test := range []struct {
		name         string
		dsn          func(*testing.T) string // of the ledger; nil: a SQLite file
		method, path string                  // of the request that it does not see the answer to
		issues       int                     // that there are then
		writes       int                     // of the next run
		want         string                  // that it says
	}{
		{"the issue is made, and not recorded", nil, "POST", "/repos/acme/shop/issues", 1, 0, "0 created, 1 updated"},
		{"nothing is made", nil, "GET", "/repos/acme/shop", 0, 2, "1 created"},
		{"on PostgreSQL", func(t *testing.T) string { return postgresql.Start(t) }, "POST", "/repos/acme/shop/issues", 1, 0, "0 created, 1 updated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dsn := ""
			if test.dsn != nil {
				dsn = test.dsn(t)
			}
			s := newStory(t, dsn)
			s.scan()
			s.killedSync(test.method, test.path)
			if n := len(s.github.List("acme/shop")); n != test.issues {
				t.Fatalf("%d issues after the kill, want %d", n, test.issues)
			}
			if dsn == "" {
				outwaitLease(t, s.db)
			}
			writes := len(s.github.Writes())
			if out := s.sync(); !strings.Contains(out, test.want) || s.wrote(&writes) != test.writes {
				t.Errorf("the next run does not say %q, or does not write %d times: %s", test.want, test.writes, out)
			}
			s.issue()
			if out := s.sync(); !strings.Contains(out, "1 unchanged") || s.wrote(&writes) != 0 {
				t.Errorf("a third run: %s", out)
			}
		})
	}
}

// killedSync starts a sync and kills it when GitHub has done what a request asks for,
// and has not answered yet.
func (s *story) killedSync(method, path string) {
	s.t.Helper()
	done := s.github.Hold(method, path)
	p := s.syncing().start(s.t)
	select {
	case <-done:
	case <-p.ctx.Done():
		s.t.Fatalf("%s %s is not asked for", method, path)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	if stdout, stderr, code := p.wait(s.t); code != -1 {
		s.t.Fatalf("it ended by itself, with %d: %s%s", code, masked(stdout, s.key), masked(stderr, s.key, fakegithub.Token))
	}
}

// outwaitLease is as if time passed, until the lease that a killed process left behind
// is over. It would be within a minute.
func outwaitLease(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const row = "exclusive issues sync"
	var text string
	if err := db.QueryRow("SELECT value FROM ledger_meta WHERE name = ?", row).Scan(&text); err != nil {
		t.Fatalf("the lease is not there: %v", err)
	}
	var lease struct {
		Holder string    `json:"holder"`
		Until  time.Time `json:"until"`
	}
	if err := json.Unmarshal([]byte(text), &lease); err != nil || lease.Holder == "" {
		t.Fatalf("lease %q: %v", text, err)
	}
	if left := time.Until(lease.Until); left > time.Minute {
		t.Errorf("it would hold up others for %s", left)
	}
	lease.Until = time.Now().Add(time.Second)
	now, err := json.Marshal(lease)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE ledger_meta SET value = ? WHERE name = ?", string(now), row); err != nil {
		t.Fatal(err)
	}
}
