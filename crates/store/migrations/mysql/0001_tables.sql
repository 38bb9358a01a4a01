-- Plans, their sealed secrets, results of checks and records. Times are unix seconds (UTC).
-- Texts are bytes: they come back as they were, and compare and sort byte by byte.
-- MySQL commits each statement by itself: every statement here can be run again after a fall in the middle.

CREATE TABLE IF NOT EXISTS plans (
    id         VARBINARY(26) NOT NULL PRIMARY KEY,
    title      LONGBLOB      NOT NULL,
    -- Counts the saves: 1 when made, one more with each change.
    revision   BIGINT        NOT NULL,
    -- The answers as JSON. Never a secret.
    document   LONGBLOB      NOT NULL,
    created_at BIGINT        NOT NULL,
    updated_at BIGINT        NOT NULL,
    INDEX plans_by_last_change (updated_at DESC, id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS secrets (
    plan    VARBINARY(26)  NOT NULL,
    setting VARBINARY(255) NOT NULL,
    -- Encrypted by the vault before it comes here.
    sealed  LONGBLOB       NOT NULL,
    PRIMARY KEY (plan, setting),
    FOREIGN KEY (plan) REFERENCES plans (id) ON DELETE CASCADE
) ENGINE = InnoDB;

-- One row each time the outcome of a check changed.
CREATE TABLE IF NOT EXISTS check_results (
    plan     VARBINARY(26)  NOT NULL,
    -- The check's code, such as DB-17.
    check_id VARBINARY(64)  NOT NULL,
    -- Counts the check's outcomes, from 1; the oldest are deleted.
    number   BIGINT         NOT NULL,
    outcome  VARBINARY(64)  NOT NULL,
    -- When it was said first and last in a row.
    since    BIGINT         NOT NULL,
    last_at  BIGINT         NOT NULL,
    -- The newest row holds all that was said, as JSON. Never a secret.
    results  LONGBLOB       NOT NULL,
    -- The setting that was changed afterwards; empty while the result counts.
    stale    VARBINARY(255) NOT NULL,
    PRIMARY KEY (plan, check_id, number),
    FOREIGN KEY (plan) REFERENCES plans (id) ON DELETE CASCADE
) ENGINE = InnoDB;

-- Small texts of kinds that only the program understands.
CREATE TABLE IF NOT EXISTS records (
    -- Empty: of the program as a whole.
    plan       VARBINARY(26)  NOT NULL,
    kind       VARBINARY(64)  NOT NULL,
    name       VARBINARY(512) NOT NULL,
    -- Counts its changes, from 1.
    version    BIGINT         NOT NULL,
    -- From when on it may be deleted; 0 for never.
    expires_at BIGINT         NOT NULL,
    -- Never a secret in clear.
    body       LONGBLOB       NOT NULL,
    PRIMARY KEY (plan, kind, name),
    INDEX records_by_expiry (expires_at)
) ENGINE = InnoDB;

-- The last number that was given to an appended record of a plan and kind.
CREATE TABLE IF NOT EXISTS record_heads (
    plan        VARBINARY(26) NOT NULL,
    kind        VARBINARY(64) NOT NULL,
    last_number BIGINT        NOT NULL,
    PRIMARY KEY (plan, kind)
) ENGINE = InnoDB;

-- The last step of these tables that a program must know to use them.
CREATE TABLE IF NOT EXISTS oldest_program (
    step BIGINT NOT NULL PRIMARY KEY
) ENGINE = InnoDB;

INSERT INTO oldest_program (step) SELECT 1 FROM (SELECT 1) AS one WHERE NOT EXISTS (SELECT step FROM oldest_program);
