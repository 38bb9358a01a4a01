-- Plans, their sealed secrets, results of checks and records. Times are unix seconds (UTC).
-- Texts are bytes: PostgreSQL's own text cannot hold U+0000. They compare and sort byte by byte.

CREATE TABLE plans (
    id         BYTEA  NOT NULL PRIMARY KEY,
    title      BYTEA  NOT NULL,
    -- Counts the saves: 1 when made, one more with each change.
    revision   BIGINT NOT NULL,
    -- The answers as JSON. Never a secret.
    document   BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX plans_by_last_change ON plans (updated_at DESC, id);

CREATE TABLE secrets (
    plan    BYTEA NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    setting BYTEA NOT NULL,
    -- Encrypted by the vault before it comes here.
    sealed  BYTEA NOT NULL,
    PRIMARY KEY (plan, setting)
);

-- One row each time the outcome of a check changed.
CREATE TABLE check_results (
    plan     BYTEA  NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    -- The check's code, such as DB-17.
    check_id BYTEA  NOT NULL,
    -- Counts the check's outcomes, from 1; the oldest are deleted.
    number   BIGINT NOT NULL,
    outcome  BYTEA  NOT NULL,
    -- When it was said first and last in a row.
    since    BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    -- The newest row holds all that was said, as JSON. Never a secret.
    results  BYTEA  NOT NULL,
    -- The setting that was changed afterwards; empty while the result counts.
    stale    BYTEA  NOT NULL,
    PRIMARY KEY (plan, check_id, number)
);

-- Small texts of kinds that only the program understands.
CREATE TABLE records (
    -- Empty: of the program as a whole.
    plan       BYTEA  NOT NULL,
    kind       BYTEA  NOT NULL,
    name       BYTEA  NOT NULL,
    -- Counts its changes, from 1.
    version    BIGINT NOT NULL,
    -- From when on it may be deleted; 0 for never.
    expires_at BIGINT NOT NULL,
    -- Never a secret in clear.
    body       BYTEA  NOT NULL,
    PRIMARY KEY (plan, kind, name)
);

CREATE INDEX records_by_expiry ON records (expires_at) WHERE expires_at > 0;

-- The last number that was given to an appended record of a plan and kind.
CREATE TABLE record_heads (
    plan        BYTEA  NOT NULL,
    kind        BYTEA  NOT NULL,
    last_number BIGINT NOT NULL,
    PRIMARY KEY (plan, kind)
);

-- The last step of these tables that a program must know to use them.
CREATE TABLE oldest_program (
    step BIGINT NOT NULL PRIMARY KEY
);

INSERT INTO oldest_program (step) VALUES (1);
