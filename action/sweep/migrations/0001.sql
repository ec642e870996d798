-- A sweep. plan is what was to be swept, as JSON: a sweep of the same plan is taken up
-- again while its state is running.
CREATE TABLE sweep_run (
    id       {{serial}},
    plan     TEXT NOT NULL,
    state    TEXT NOT NULL, -- running, done, cancelled
    job      BIGINT NOT NULL DEFAULT 0, -- of River, which finishes it
    error    TEXT NOT NULL DEFAULT '',
    began    BIGINT NOT NULL, -- times are milliseconds since 1970, 0: not yet
    finished BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX sweep_run_plan ON sweep_run (plan);

-- What repositories are listed by. job is the one job of River that may write the row:
-- it is replaced when the process that worked it is gone.
CREATE TABLE sweep_source (
    run      BIGINT NOT NULL REFERENCES sweep_run (id),
    name     TEXT NOT NULL,
    job      BIGINT NOT NULL,
    state    TEXT NOT NULL, -- waiting, running, done, failed, cancelled
    lost     BIGINT NOT NULL DEFAULT 0, -- how many processes ended while they worked at it
    error    TEXT NOT NULL DEFAULT '',
    coverage TEXT NOT NULL DEFAULT '', -- JSON
    PRIMARY KEY (run, name)
);

CREATE INDEX sweep_source_job ON sweep_source (job);

CREATE TABLE sweep_repository (
    run       BIGINT NOT NULL REFERENCES sweep_run (id),
    clone     TEXT NOT NULL,
    name      TEXT NOT NULL,
    job       BIGINT NOT NULL,
    state     TEXT NOT NULL, -- as of a source
    attempts  BIGINT NOT NULL DEFAULT 0, -- that failed
    lost      BIGINT NOT NULL DEFAULT 0,
    error     TEXT NOT NULL DEFAULT '',
    gaps      TEXT NOT NULL DEFAULT '[]', -- JSON
    complete  BIGINT NOT NULL DEFAULT 0,
    unchanged BIGINT NOT NULL DEFAULT 0, -- since it was last read whole, so not read again
    refs      TEXT NOT NULL DEFAULT '', -- digest
    ruleset   TEXT NOT NULL DEFAULT '',
    objects   BIGINT NOT NULL DEFAULT 0,
    bytes     BIGINT NOT NULL DEFAULT 0,
    secrets   TEXT NOT NULL DEFAULT '[]', -- JSON: their names in the ledger
    began     BIGINT NOT NULL DEFAULT 0,
    finished  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (run, clone)
);

CREATE INDEX sweep_repository_job ON sweep_repository (job);
CREATE INDEX sweep_repository_clone ON sweep_repository (clone, complete, finished);

-- The processes that work jobs, by their name in River. One that has not said for a
-- while that it is there is taken for dead.
CREATE TABLE sweep_worker (
    id   TEXT PRIMARY KEY,
    beat BIGINT NOT NULL
);
