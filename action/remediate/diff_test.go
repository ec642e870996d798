package remediate_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

// TestDryRun: the account of a dry run says what the run then does, and writes
// nothing anywhere.
func TestDryRun(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	id := d.ledger.ID("lg1s-1")
	for _, step := range []struct {
		name string
		do   func()
		want []string // in this order
		not  []string
	}{
		{"create", func() { d.found(verify.Live) },
			[]string{"create acme/shop: Leaked secret: Acme key acme*** in acme/shop\n  secret " + id + "\n", "  title + Leaked secret", "  label + leakguard\n", "  + <!-- leakguard:" + id + " -->\n", "  + ### What was found\n  +\n"}, []string{"  - "}},
		{"nothing", func() {}, nil, nil},
		{"update", func() { d.leak("lg1s-1", "acme/shop", "b.env"); d.found(verify.Live) },
			[]string{"update acme/shop#1: ", "  - 1 place in 1 repository\n  + 2 places in 1 repository\n", "  + - b.env (git, commit 0123456789ab)\n"}, []string{"label", "title", "What was found"}},
		{"close", func() {
			d.found(verify.Dead)
			d.now = d.now.Add(2 * time.Hour)
			d.found(verify.Dead)
		}, []string{"prove dead " + id + ": 2h apart\n", "update acme/shop#1: ", "\nclose acme/shop#1: proven dead: refused twice, 2h apart\n  > Closed: the issuer refused this secret twice"}, nil},
		{"reopen", func() { d.found(verify.Live) }, []string{"reopen acme/shop#1: it is live again\n  > Opened again: it is live again."}, nil},
		{"the time of an acceptance is over", func() {
			d.do(d.ledger.Accept(t.Context(), id, "ada", "why not", d.now.Add(time.Hour)))
			d.sync()
			d.now = d.now.Add(2 * time.Hour)
		}, []string{"reopen acme/shop#1: "}, nil},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			var out bytes.Buffer
			d.o.DryRun, d.o.Out = true, &out
			before := d.dump()
			would, writes := d.sync()
			if after := d.dump(); len(writes) > 0 || before != after {
				t.Errorf("it wrote %q; the ledger is another one: %t", writes, before != after)
			}
			rest := out.String()
			for _, want := range step.want {
				_, behind, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("nothing says %q in\n%s", want, out.String())
				}
				rest = behind
			}
			if step.want == nil && out.Len() > 0 {
				t.Errorf("it says\n%s", out.String())
			}
			for _, not := range step.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("it says %q:\n%s", not, out.String())
				}
			}
			d.o.DryRun, d.o.Out = false, nil
			if did, _ := d.sync(); did.String() != would.String() {
				t.Errorf("it would have %s\nit has %s", would.String(), did.String())
			}
		})
	}
}

func (d *desk) dump() string {
	d.t.Helper()
	secrets, err := d.ledger.History(d.t.Context(), ledger.Filter{})
	d.do(err)
	text, err := json.Marshal(secrets)
	d.do(err)
	return string(text)
}

// TestDryRunOnTerminal: what others wrote does not reach the terminal's controls.
func TestDryRunOnTerminal(t *testing.T) {
	d := newDesk(t)
	d.leak("lg1s-1", "acme/shop", "a.env")
	d.found(verify.Live)
	d.sync()
	d.tracker.tickets[0].Body = strings.Replace(d.tracker.tickets[0].Body, "### What", "\x1b[2J\x9b\u202e### What", 1)
	d.leak("lg1s-1", "acme/shop", "b.env")
	d.found(verify.Live)
	var out bytes.Buffer
	d.o.DryRun, d.o.Out = true, &out
	d.sync()
	if !strings.Contains(out.String(), "[2J") || strings.ContainsAny(out.String(), "\x1b\u009b\u202e") {
		t.Errorf("it prints %q", out.String())
	}
}
