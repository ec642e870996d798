-- The memory of objects: which were read whole under a ruleset, and held nothing.

CREATE TABLE seen_ruleset (
	number {{serial}},
	name   TEXT UNIQUE                       -- NULL: forgotten, its objects are being deleted
);
