-- Addresses are compared by ASCII letters alone (domain::address): what was folded further gets its
-- own key. Where that is somebody else's the row stays as it is, and `mailapp doctor` names it.
UPDATE OR IGNORE users SET email_key = address_key(email)
WHERE deleted_at IS NULL AND email_key <> address_key(email);

-- Whoever has unsubscribed stays unsubscribed, under the old key and the new one.
INSERT OR IGNORE INTO suppressions (owner_id, email_key, reason, delivery_id, created_at)
SELECT s.owner_id, address_key(r.email), s.reason, s.delivery_id, s.created_at
FROM recipients r JOIN suppressions s ON s.owner_id = r.owner_id AND s.email_key = r.email_key
WHERE r.email_key <> address_key(r.email);
INSERT OR IGNORE INTO suppressions (owner_id, email_key, reason, delivery_id, created_at)
SELECT s.owner_id, address_key(d.email), s.reason, s.delivery_id, s.created_at
FROM suppressions s JOIN deliveries d ON d.id = s.delivery_id
WHERE s.email_key <> address_key(d.email);
-- What an address was sent is found under the address as it was written then.
INSERT OR IGNORE INTO former_recipients (owner_id, email_key, recipient_id)
SELECT f.owner_id, address_key(d.email), f.recipient_id
FROM former_recipients f JOIN deliveries d ON d.recipient_id = f.recipient_id
WHERE f.email_key GLOB '*[^ -~]*' AND d.email GLOB '*[^ -~]*';
UPDATE OR IGNORE recipients SET email_key = address_key(email)
WHERE email_key <> address_key(email);

-- How many letters wait for one address is counted.
ALTER TABLE outbox ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
UPDATE outbox SET email_key = address_key(email);
CREATE INDEX outbox_by_address ON outbox (email_key);

-- The session whose user has proved the password for a proposed authenticator, and when.
ALTER TABLE users ADD COLUMN totp_session INTEGER;
ALTER TABLE users ADD COLUMN totp_proposed_at INTEGER;
UPDATE users SET totp_secret = NULL, totp_step = 0
WHERE totp_secret IS NOT NULL AND totp_since IS NULL;
CREATE INDEX users_with_proposal ON users (totp_proposed_at)
WHERE totp_secret IS NOT NULL AND totp_since IS NULL;
