-- The ledger. Times are milliseconds since 1970 (UTC); 0 is never. Secrets are
-- named by a keyed fingerprint, never held.

CREATE TABLE ledger_secret (
	id            TEXT PRIMARY KEY,          -- keyed fingerprint
	rule          TEXT NOT NULL,
	rule_name     TEXT NOT NULL,
	provider      TEXT NOT NULL,
	severity      TEXT NOT NULL,
	redacted      TEXT NOT NULL,
	name          TEXT NOT NULL,             -- of the variable that held it, if known
	state         TEXT NOT NULL,             -- open, rotating, dead, accepted, false-positive, reopened
	accepted_until BIGINT NOT NULL DEFAULT 0,
	exposed_since BIGINT NOT NULL,           -- when the oldest known occurrence came to be
	found_at      BIGINT NOT NULL,           -- when it was first seen by a scan
	seen_at       BIGINT NOT NULL,           -- when it was last seen
	opened_at     BIGINT NOT NULL,           -- when it was opened, or opened again, last
	acknowledged_at BIGINT NOT NULL DEFAULT 0,
	rotated_at    BIGINT NOT NULL DEFAULT 0,
	closed_at     BIGINT NOT NULL DEFAULT 0,
	deadline      BIGINT NOT NULL,
	recurrences   BIGINT NOT NULL DEFAULT 0,
	verdict       TEXT NOT NULL,             -- the last one: live, dead, unknown, unverifiable, unverified
	verdict_at    BIGINT NOT NULL DEFAULT 0,
	live_at       BIGINT NOT NULL DEFAULT 0, -- when it was last seen live
	dead_since    BIGINT NOT NULL DEFAULT 0, -- since when it has been dead without a live verdict between
	dead_at       BIGINT NOT NULL DEFAULT 0, -- when it was last seen dead
	details       TEXT NOT NULL              -- JSON: the last verdict, risks and parts, without secrets
);

CREATE TABLE ledger_occurrence (
	id         TEXT PRIMARY KEY,             -- of the secret and the place
	secret     TEXT NOT NULL REFERENCES ledger_secret (id),
	kind       TEXT NOT NULL,
	repository TEXT NOT NULL,
	path       TEXT NOT NULL,
	found_at   BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	place      TEXT NOT NULL                 -- JSON: all that is known of the place
);
CREATE INDEX ledger_occurrence_secret ON ledger_occurrence (secret);
CREATE INDEX ledger_occurrence_repository ON ledger_occurrence (repository);

CREATE TABLE ledger_verdict (
	seq    {{serial}},
	secret TEXT NOT NULL REFERENCES ledger_secret (id),
	at     BIGINT NOT NULL,
	state  TEXT NOT NULL,
	verdict TEXT NOT NULL                    -- JSON
);
CREATE INDEX ledger_verdict_secret ON ledger_verdict (secret);

CREATE TABLE ledger_owner (
	secret   TEXT NOT NULL REFERENCES ledger_secret (id),
	rank     BIGINT NOT NULL,
	kind     TEXT NOT NULL,                  -- team, person, application, nobody
	name     TEXT NOT NULL,
	evidence TEXT NOT NULL,
	PRIMARY KEY (secret, rank)
);

CREATE TABLE ledger_issue (
	secret    TEXT PRIMARY KEY REFERENCES ledger_secret (id),
	tracker   TEXT NOT NULL,
	project   TEXT NOT NULL,
	number    BIGINT NOT NULL,
	url       TEXT NOT NULL,
	open      BIGINT NOT NULL,
	digest    TEXT NOT NULL,                 -- of what we last wrote
	opened_at BIGINT NOT NULL,
	closed_at BIGINT NOT NULL DEFAULT 0,
	reminded_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE ledger_event (
	seq    {{serial}},
	secret TEXT NOT NULL,                    -- '' where it is of none
	at     BIGINT NOT NULL,
	actor  TEXT NOT NULL,
	kind   TEXT NOT NULL,
	reason TEXT NOT NULL
);
CREATE INDEX ledger_event_secret ON ledger_event (secret);

CREATE TABLE ledger_scan (
	seq      {{serial}},
	at       BIGINT NOT NULL,
	ruleset  TEXT NOT NULL,
	complete BIGINT NOT NULL,
	coverage TEXT NOT NULL                   -- JSON: of each source what was read, and gaps
);
