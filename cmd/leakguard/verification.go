package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/detectors/verify"
)

// verifyFlags are the flags of commands that may ask issuers.
type verifyFlags struct {
	ask      bool
	only     []string
	offline  bool
	canaries bool
	audit    string
}

// register registers the flags of asking, of commands that always do.
func (f *verifyFlags) register(fs *pflag.FlagSet) {
	fs.BoolVar(&f.offline, "offline", os.Getenv(offlineVariable) != "", "send not one packet; verdicts are those that secrets give of themselves")
	fs.BoolVar(&f.canaries, "trip-canaries", false, "also ask about canaries, which alerts whoever planted them")
	fs.StringVar(&f.audit, "audit", "", "append a record of each question to this file, as JSON lines without secrets")
}

// offlineVariable in the environment, if not empty, is --offline for every command.
const offlineVariable = "LEAKGUARD_OFFLINE"

// mayRead is an error if a CI system was to be read from and is not.
func (f *verifyFlags) mayRead(system string) error {
	if f.offline {
		return fmt.Errorf("--offline: %s is not asked", system)
	}
	return nil
}

// registerOption registers them for commands that ask only if told to.
func (f *verifyFlags) registerOption(fs *pflag.FlagSet) {
	fs.BoolVar(&f.ask, "verify", false, "ask the issuers whether secrets are live, whose they are and what they may do")
	fs.Var((*list)(&f.only), "verify-only", "ask about secrets of this rule alone, repeatable")
	f.register(fs)
}

// verifier returns the verifier that the flags and the config file ask for, nil
// for none. done must be called when nothing more is asked.
func (f *verifyFlags) verifier(s *settings) (e *verify.Engine, done func() error, err error) {
	done = func() error { return nil }
	if !f.ask && !f.offline && len(f.only) == 0 {
		return nil, done, nil
	}
	for _, id := range f.only {
		if s.engine.Rule(id) == nil {
			return nil, done, fmt.Errorf("--verify-only: no rule %q: see leakguard rules list", id)
		}
	}
	if err := s.trusted(); err != nil && !f.offline {
		return nil, done, err
	}
	for _, p := range s.cfg.Providers {
		if err := verify.Check(p); err != nil {
			return nil, done, fmt.Errorf("%s: %w", s.beside("rules.d"), err)
		}
	}
	o, err := s.cfg.Verify.Options(func(name string) ([]byte, error) { return os.ReadFile(s.beside(name)) })
	if err != nil {
		return nil, done, err
	}
	o.Offline, o.Only, o.TripCanaries = f.offline, f.only, f.canaries
	var record *os.File
	var failed error
	if f.audit != "" {
		if record, err = os.OpenFile(f.audit, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
			return nil, done, fmt.Errorf("--audit: %w", err)
		}
		lines := json.NewEncoder(record)
		o.Audit = func(r verify.Record) {
			if err := lines.Encode(r); err != nil && failed == nil {
				failed = fmt.Errorf("--audit: the record is not complete: %w", err)
			}
		}
	}
	e = verify.New(o)
	return e, func() error {
		e.Close()
		if record == nil {
			return nil
		}
		return errors.Join(failed, record.Close())
	}, nil
}
