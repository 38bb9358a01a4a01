-- What the probes of a plan's nodes said, as they said it. Never a secret. Times are unix seconds (UTC).

CREATE TABLE node_reports (
    plan TEXT    NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    -- Which machine, and what kind of report: the caller's own key.
    name TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    text TEXT    NOT NULL,
    PRIMARY KEY (plan, name)
) STRICT, WITHOUT ROWID;
