CREATE TABLE seen_object (
	ruleset INTEGER NOT NULL,
	id      BYTEA NOT NULL,                  -- 20 bytes of SHA-1, 32 of SHA-256
	PRIMARY KEY (ruleset, id)
);
