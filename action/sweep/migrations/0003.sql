-- The last time that something was read is looked for, and not the last that it was whole.
DROP INDEX sweep_repository_clone;
CREATE INDEX sweep_repository_clone ON sweep_repository (clone, kind, unchanged, finished);
