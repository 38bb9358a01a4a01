-- The last step of these tables that a program must know to use them. A later step that only adds leaves it as it is, so
-- that an older program goes on working beside a newer one.

CREATE TABLE oldest_program (
    step INTEGER NOT NULL PRIMARY KEY
) STRICT;

INSERT INTO oldest_program (step) VALUES (5);
