-- What live checks said of a plan: one row each time the outcome of a check changed. Times are unix seconds (UTC).

CREATE TABLE check_results (
    plan     TEXT    NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    -- The check's code, such as DB-17.
    check_id TEXT    NOT NULL,
    -- Counts the check's outcomes, from 1; the oldest are deleted.
    number   INTEGER NOT NULL,
    outcome  TEXT    NOT NULL,
    -- When it was said first and last in a row.
    since    INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    -- The newest row holds all that was said, as JSON. Never a secret.
    results  TEXT    NOT NULL,
    -- The setting that was changed afterwards; empty while the result counts.
    stale    TEXT    NOT NULL,
    PRIMARY KEY (plan, check_id, number)
) STRICT, WITHOUT ROWID;
