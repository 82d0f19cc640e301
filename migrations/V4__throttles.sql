-- Throttles that outlive a restart, and several relays.

-- Mails by minute since 1970, for limits per hour and day. `relay:NAME` or `domain:example.ru`.
CREATE TABLE sent_minutes (
    scope TEXT NOT NULL,
    minute INTEGER NOT NULL,
    mails INTEGER NOT NULL,
    PRIMARY KEY (scope, minute)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_minutes_by_age ON sent_minutes (minute);

-- What slows sending down now.
CREATE TABLE throttles (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('slowed', 'per_hour', 'per_day')),
    -- Slowed: mails a second now and before the first complaint.
    per_second REAL,
    before REAL,
    since INTEGER NOT NULL,
    -- Slowed: when the rate last changed; else: when there is room again.
    until INTEGER NOT NULL,
    reply TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (scope, kind)
) STRICT, WITHOUT ROWID;

-- One row a relay that is away.
DROP TABLE relay_status;
CREATE TABLE relay_status (
    name TEXT PRIMARY KEY,
    down_since INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
