-- Times are milliseconds since 1970-01-01 UTC. Identifiers are never used twice (AUTOINCREMENT):
-- the journal names rows that may have been deleted since.

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'manager')),
    password_hash TEXT NOT NULL,
    language TEXT CHECK (language IN ('ru', 'en')),
    time_zone TEXT,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    blocked_at INTEGER,
    blocked_reason TEXT,
    recipients_count INTEGER NOT NULL DEFAULT 0 CHECK (recipients_count >= 0),
    messages_count INTEGER NOT NULL DEFAULT 0 CHECK (messages_count >= 0),
    mailings_count INTEGER NOT NULL DEFAULT 0 CHECK (mailings_count >= 0)
) STRICT;

CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE recipients (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    comment TEXT NOT NULL,
    search_text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (owner_id, email_key)
) STRICT;
CREATE INDEX recipients_by_owner ON recipients (owner_id);

-- Who must not be mailed by whom. It outlives the recipient's row: deleting and adding somebody
-- again does not make them a subscriber.
CREATE TABLE suppressions (
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email_key TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('unsubscribed')),
    delivery_id INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner_id, email_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    search_text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_owner ON messages (owner_id);

CREATE TABLE mailings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- NULL only where a deleted mailing's message was deleted after it.
    message_id INTEGER REFERENCES messages (id) ON DELETE SET NULL,
    title TEXT NOT NULL,
    search_text TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
    automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),
    first_sent_at INTEGER,
    disabled_at INTEGER,
    disabled_reason TEXT,
    recipients_count INTEGER NOT NULL DEFAULT 0 CHECK (recipients_count >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- A mailing that was sent is hidden when deleted, so that its attempts stay.
    deleted_at INTEGER
) STRICT;
CREATE INDEX mailings_by_owner ON mailings (owner_id) WHERE deleted_at IS NULL;
CREATE INDEX mailings_by_message ON mailings (message_id);
CREATE INDEX mailings_due ON mailings (starts_at)
    WHERE first_sent_at IS NULL AND automatic = 1 AND deleted_at IS NULL;

CREATE TABLE mailing_recipients (
    mailing_id INTEGER NOT NULL REFERENCES mailings (id) ON DELETE CASCADE,
    recipient_id INTEGER NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
    PRIMARY KEY (mailing_id, recipient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mailing_recipients_by_recipient ON mailing_recipients (recipient_id);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mailing_id INTEGER NOT NULL REFERENCES mailings (id),
    -- Part of every Message-ID of the run.
    token TEXT NOT NULL,
    started_by TEXT NOT NULL CHECK (started_by IN ('web', 'cli', 'schedule')),
    user_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    failed_only INTEGER NOT NULL CHECK (failed_only IN (0, 1)),
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'cancelled', 'finished')),
    pause_reason TEXT CHECK (pause_reason IN ('asked', 'switched_off', 'owner_blocked', 'relay')),
    pause_detail TEXT,
    total INTEGER NOT NULL,
    queued INTEGER NOT NULL CHECK (queued >= 0),
    deferred INTEGER NOT NULL DEFAULT 0 CHECK (deferred >= 0),
    trying INTEGER NOT NULL DEFAULT 0 CHECK (trying >= 0),
    accepted INTEGER NOT NULL DEFAULT 0 CHECK (accepted >= 0),
    refused INTEGER NOT NULL DEFAULT 0 CHECK (refused >= 0),
    in_doubt INTEGER NOT NULL DEFAULT 0 CHECK (in_doubt >= 0),
    expired INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
    skipped INTEGER NOT NULL DEFAULT 0 CHECK (skipped >= 0),
    -- Attempts by outcome.
    attempts_accepted INTEGER NOT NULL DEFAULT 0,
    attempts_deferred INTEGER NOT NULL DEFAULT 0,
    attempts_refused INTEGER NOT NULL DEFAULT 0,
    attempts_in_doubt INTEGER NOT NULL DEFAULT 0,
    CHECK (total = queued + deferred + trying + accepted + refused + in_doubt + expired + skipped)
) STRICT;
CREATE INDEX runs_by_mailing ON runs (mailing_id);
CREATE UNIQUE INDEX runs_unfinished ON runs (mailing_id) WHERE state IN ('active', 'paused');

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id),
    -- As they were when the run started; the recipient may have changed or gone since.
    recipient_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    -- No IN: of more than two values SQLite makes a B-tree anew each time, twice a mail.
    state TEXT NOT NULL CHECK (
        state = 'waiting' OR state = 'trying' OR state = 'accepted' OR state = 'refused'
        OR state = 'in_doubt' OR state = 'expired' OR state = 'skipped'
    ),
    -- Why it was skipped, or what kept it waiting until it expired.
    reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Waiting: not before; trying: since.
    due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (run_id, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_by_run ON deliveries (run_id, id);

-- One row a try, successes included. Never updated, never dropped; and so no number comes twice,
-- without AUTOINCREMENT, which would write a table of its own with every commit.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs (id),
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    -- Which try of its delivery, from 1.
    nth INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (
        outcome = 'accepted' OR outcome = 'deferred' OR outcome = 'refused' OR outcome = 'in_doubt'
    ),
    -- Whose fault a failure is: only the recipient's count against the delivery.
    charged_to TEXT NOT NULL CHECK (charged_to IN ('recipient', 'relay')),
    code INTEGER,
    enhanced TEXT,
    -- The server's answer, verbatim; where there is none, what happened, in our words.
    text TEXT NOT NULL,
    server TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_by_run ON attempts (run_id, id);
CREATE INDEX attempts_by_outcome ON attempts (run_id, outcome, id);
CREATE TRIGGER attempts_are_never_updated BEFORE UPDATE ON attempts
BEGIN SELECT RAISE(ABORT, 'an attempt is never updated'); END;

-- What the engine last knew of the relay, for pages and commands of other processes.
CREATE TABLE relay_status (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    down_since INTEGER,
    next_try_at INTEGER,
    text TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO relay_status (id) VALUES (1);

CREATE TABLE captured_mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    mail_from TEXT NOT NULL,
    rcpt_to TEXT NOT NULL,
    subject TEXT NOT NULL,
    source BLOB NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    door TEXT NOT NULL CHECK (door IN ('web', 'cli', 'schedule')),
    user_id INTEGER,
    verb TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id INTEGER,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER audit_is_never_updated BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never updated'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted'); END;
