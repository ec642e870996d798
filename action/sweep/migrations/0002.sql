-- Beside the history of a repository, its build logs and the variables of its pipelines are
-- read, each by a job and in a row of its own: the kind of a row is history, logs or
-- variables. The variables of an organisation or group have a row, too, whose clone and name
-- are those of its page. requests are those to APIs.
CREATE TABLE sweep_row (
    run       BIGINT NOT NULL REFERENCES sweep_run (id),
    clone     TEXT NOT NULL,
    kind      TEXT NOT NULL,
    name      TEXT NOT NULL,
    job       BIGINT NOT NULL,
    state     TEXT NOT NULL,
    attempts  BIGINT NOT NULL DEFAULT 0,
    lost      BIGINT NOT NULL DEFAULT 0,
    error     TEXT NOT NULL DEFAULT '',
    gaps      TEXT NOT NULL DEFAULT '[]',
    complete  BIGINT NOT NULL DEFAULT 0,
    unchanged BIGINT NOT NULL DEFAULT 0,
    refs      TEXT NOT NULL DEFAULT '',
    ruleset   TEXT NOT NULL DEFAULT '',
    objects   BIGINT NOT NULL DEFAULT 0,
    bytes     BIGINT NOT NULL DEFAULT 0,
    secrets   TEXT NOT NULL DEFAULT '[]',
    requests  BIGINT NOT NULL DEFAULT 0,
    began     BIGINT NOT NULL DEFAULT 0,
    finished  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (run, clone, kind)
);

INSERT INTO sweep_row (run, clone, kind, name, job, state, attempts, lost, error, gaps, complete, unchanged, refs, ruleset, objects, bytes, secrets, began, finished)
    SELECT run, clone, 'history', name, job, state, attempts, lost, error, gaps, complete, unchanged, refs, ruleset, objects, bytes, secrets, began, finished
    FROM sweep_repository;

DROP TABLE sweep_repository;
ALTER TABLE sweep_row RENAME TO sweep_repository;

CREATE INDEX sweep_repository_job ON sweep_repository (job);
CREATE INDEX sweep_repository_clone ON sweep_repository (clone, kind, complete, finished);

ALTER TABLE sweep_source ADD COLUMN requests BIGINT NOT NULL DEFAULT 0;

-- What an API has left, as the last process knew that heard of it.
CREATE TABLE sweep_api (
    host   TEXT PRIMARY KEY,
    remain BIGINT NOT NULL, -- requests
    reset  BIGINT NOT NULL  -- until when
);
