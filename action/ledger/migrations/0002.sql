-- What secrets managers hold: their entries, and keyed hashes of values.

CREATE TABLE ledger_kept (
	manager    TEXT NOT NULL,
	entry      TEXT NOT NULL,
	link       TEXT NOT NULL,
	owner      TEXT NOT NULL,
	repository TEXT NOT NULL,                -- of a CI system's secret: where it holds; else ''
	name       TEXT NOT NULL,                -- by which jobs use it; else ''
	version    TEXT NOT NULL,
	rotation   TEXT NOT NULL,                -- what the manager does by itself
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,              -- when its value was last set
	synced_at  BIGINT NOT NULL,              -- when a reading last saw it
	gone_at    BIGINT NOT NULL DEFAULT 0,    -- when a reading did not see it any more
	PRIMARY KEY (manager, entry)
);
CREATE INDEX ledger_kept_name ON ledger_kept (name);

CREATE TABLE ledger_kept_value (
	manager TEXT NOT NULL,
	entry   TEXT NOT NULL,
	print   TEXT NOT NULL,                   -- what package known knows of the value
	hint    BIGINT NOT NULL,
	length  BIGINT NOT NULL,
	spaced  BIGINT NOT NULL,
	secret  TEXT NOT NULL,                   -- the keyed fingerprint that it has, or would have, in ledger_secret
	until   BIGINT NOT NULL,                 -- when another value took its place; 0: it is the entry's value
	PRIMARY KEY (manager, entry, print)
);
CREATE INDEX ledger_kept_value_secret ON ledger_kept_value (secret);
CREATE INDEX ledger_kept_value_print ON ledger_kept_value (print);
