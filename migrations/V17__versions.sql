-- What a form saw of a thing, so that a page that was opened before somebody else's change neither
-- starts nor overwrites anything unasked. Triggers, because several statements change each of these.
ALTER TABLE recipients ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE TRIGGER recipients_version AFTER UPDATE OF email, name, comment ON recipients
BEGIN UPDATE recipients SET version = version + 1 WHERE id = new.id; END;

ALTER TABLE messages ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE TRIGGER messages_version AFTER UPDATE OF subject, body ON messages
BEGIN UPDATE messages SET version = version + 1 WHERE id = new.id; END;

ALTER TABLE mailings ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE TRIGGER mailings_version
AFTER UPDATE OF message_id, title, starts_at, ends_at, automatic, edition ON mailings
BEGIN UPDATE mailings SET version = version + 1 WHERE id = new.id; END;

-- How often a mailing was switched off and on: an owner's edit does not hold up a manager.
ALTER TABLE mailings ADD COLUMN switch_version INTEGER NOT NULL DEFAULT 1;
CREATE TRIGGER mailings_switch_version AFTER UPDATE OF disabled_at ON mailings
WHEN (old.disabled_at IS NULL) <> (new.disabled_at IS NULL)
BEGIN UPDATE mailings SET switch_version = switch_version + 1 WHERE id = new.id; END;

-- Changes of state and decisions, but not the counters: those move with every commit.
ALTER TABLE runs ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE TRIGGER runs_version AFTER UPDATE OF state, pause_reason ON runs
WHEN old.state <> new.state OR old.pause_reason IS NOT new.pause_reason
BEGIN UPDATE runs SET version = version + 1 WHERE id = new.id; END;

ALTER TABLE users ADD COLUMN profile_version INTEGER NOT NULL DEFAULT 1;
CREATE TRIGGER users_profile_version AFTER UPDATE OF name, language, time_zone, theme ON users
BEGIN UPDATE users SET profile_version = profile_version + 1 WHERE id = new.id; END;

ALTER TABLE users ADD COLUMN block_version INTEGER NOT NULL DEFAULT 1;
CREATE TRIGGER users_block_version AFTER UPDATE OF blocked_at ON users
WHEN (old.blocked_at IS NULL) <> (new.blocked_at IS NULL)
BEGIN UPDATE users SET block_version = block_version + 1 WHERE id = new.id; END;

-- What a form that adds something has made, so that a form sent twice makes it once.
CREATE TABLE idempotency_keys (
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who changed a thing last, and whose a line is: what is deleted has no owner any more.
ALTER TABLE audit ADD COLUMN owner_id INTEGER;
CREATE INDEX audit_by_subject ON audit (subject_kind, subject_id, id);

-- What became of one recipient in one run, for the list of a mailing's recipients.
DROP INDEX deliveries_by_recipient;
CREATE INDEX deliveries_by_recipient ON deliveries (recipient_id, run_id);
