-- Small texts of kinds that only the program understands: who did what, links, sessions, events, reports of probes.
-- Times are unix seconds (UTC).

CREATE TABLE records (
    -- Empty: of the program as a whole.
    plan       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    -- Counts its changes, from 1.
    version    INTEGER NOT NULL CHECK (version >= 1),
    -- From when on it may be deleted; 0 for never.
    expires_at INTEGER NOT NULL,
    -- Never a secret in clear.
    body       TEXT    NOT NULL,
    PRIMARY KEY (plan, kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_by_expiry ON records (expires_at) WHERE expires_at > 0;

-- The last number that was given to an appended record of a plan and kind.
CREATE TABLE record_heads (
    plan TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (plan, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO records (plan, kind, key, version, expires_at, body)
SELECT plan, 'report', name, 1, 0, json_object('at', at, 'text', text) FROM node_reports;

DROP TABLE node_reports;
