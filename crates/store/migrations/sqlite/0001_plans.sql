-- Plans and their sealed secrets. Times are unix seconds (UTC).

-- "CLWR": tells our file from the database of another program.
PRAGMA application_id = 1129076562;

CREATE TABLE plans (
    id         TEXT    NOT NULL PRIMARY KEY,
    title      TEXT    NOT NULL,
    -- Counts the saves: 1 when made, one more with each change.
    revision   INTEGER NOT NULL CHECK (revision >= 1),
    -- The answers as JSON. Never a secret.
    document   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX plans_by_last_change ON plans (updated_at DESC, id);

CREATE TABLE secrets (
    plan    TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    setting TEXT NOT NULL,
    -- Encrypted by the vault before it comes here.
    sealed  BLOB NOT NULL,
    PRIMARY KEY (plan, setting)
) STRICT, WITHOUT ROWID;
