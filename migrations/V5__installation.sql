-- Which installation the database belongs to: the same words stand in a file beside it. They are
-- changed at every start and end of an engine, so that a copy does not stay in agreement for long.
-- Empty: it belongs to none yet.
CREATE TABLE installation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token TEXT NOT NULL
) STRICT;
INSERT INTO installation (id, token) VALUES (1, '');
