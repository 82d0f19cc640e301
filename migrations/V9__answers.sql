-- Failures of everybody, by time; an owner's own have attempts_failed.
CREATE INDEX attempts_failed_by_time ON attempts (at) WHERE outcome <> 'accepted';

-- Under which numbers an address was mailed whose recipient has been deleted since, or has another
-- address now: deliveries know the number, and whoever asks what an address was sent asks by the address.
CREATE TABLE former_recipients (
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email_key TEXT NOT NULL,
    recipient_id INTEGER NOT NULL,
    PRIMARY KEY (owner_id, email_key, recipient_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER deleted_recipients_are_remembered AFTER DELETE ON recipients
WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.recipient_id = old.id)
BEGIN
    INSERT OR IGNORE INTO former_recipients (owner_id, email_key, recipient_id)
    VALUES (old.owner_id, old.email_key, old.id);
END;
CREATE TRIGGER old_addresses_are_remembered AFTER UPDATE OF email_key ON recipients
WHEN old.email_key <> new.email_key
 AND EXISTS (SELECT 1 FROM deliveries d WHERE d.recipient_id = old.id)
BEGIN
    INSERT OR IGNORE INTO former_recipients (owner_id, email_key, recipient_id)
    VALUES (old.owner_id, old.email_key, old.id);
END;
