-- Accounts: confirmation by mail, recovery, two-factor sign-in, sessions that can be listed and
-- ended, mail of the service's own, and an audit log that says from where.

ALTER TABLE users ADD COLUMN theme TEXT CHECK (theme IN ('light', 'dark'));
ALTER TABLE users ADD COLUMN last_seen_at INTEGER;
ALTER TABLE users ADD COLUMN last_run_at INTEGER;
-- What a manager's search looks at: folded (text::fold) address and name.
ALTER TABLE users ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
-- Encrypted with the installation's secret (RFC 6238 needs it in clear to check a code).
ALTER TABLE users ADD COLUMN totp_secret BLOB;
-- NULL while the secret has not been proved by a first code.
ALTER TABLE users ADD COLUMN totp_since INTEGER;
-- The last time step whose code was taken: a code is good once (RFC 6238 §5.2).
ALTER TABLE users ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;
-- An account that was deleted leaves its number behind, because the journal names it.
ALTER TABLE users ADD COLUMN deleted_at INTEGER;
UPDATE users SET search_text = fold(email || char(10) || name);
UPDATE users SET last_run_at = (
    SELECT max(r.started_at) FROM runs r JOIN mailings g ON g.id = r.mailing_id
    WHERE g.owner_id = users.id
);
CREATE INDEX users_by_role ON users (role, id);

CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash BLOB NOT NULL,
    PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

-- Sessions get a number by which their owner can end them, and are gone once with this change:
-- everybody signs in anew.
DROP TABLE sessions;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    -- The password was right; the second factor is still to come.
    halfway INTEGER NOT NULL DEFAULT 0 CHECK (halfway IN (0, 1))
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, id);

-- What links in the service's own mail prove: by hash, good once, for a time.
CREATE TABLE tokens (
    token_hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('confirm', 'recover', 'change_email')),
    -- The address to change to.
    email TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_user ON tokens (user_id, purpose);

-- The service's own mail that has not been handed over yet. A request only asks; which mail it
-- becomes, if any, is decided when it is sent, so that no answer depends on who has an account.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    -- NULL where only an address is known.
    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL CHECK (language IN ('ru', 'en')),
    time_zone TEXT,
    detail TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    last_reply TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at, id);

-- A captured mail that opens somebody's account is for its addressee.
ALTER TABLE captured_mails ADD COLUMN private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1));

-- Whether the run is handed to the capturing transport (1) or to a mail server (0); NULL until an
-- engine has taken it on. One begun in one way does not go on in the other by itself.
ALTER TABLE runs ADD COLUMN captured INTEGER CHECK (captured IN (0, 1));

-- Who it was at that time, in words, and from where.
ALTER TABLE audit ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_by_verb ON audit (verb, id);
CREATE INDEX audit_by_user ON audit (user_id, id);
