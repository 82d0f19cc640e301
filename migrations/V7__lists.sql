-- Lists and searches over a million rows: an index for every order that a list offers (ties broken
-- by the row's number), an index of substrings, counts that are kept, and recipients of a mailing
-- that are put together piece by piece.

-- Folded names and subjects, out of what searches look through: they sort as one reads.
ALTER TABLE recipients ADD COLUMN name_key TEXT GENERATED ALWAYS AS (
    substr(search_text, instr(search_text, char(10)) + 1,
           instr(substr(search_text, instr(search_text, char(10)) + 1), char(10)) - 1)
) VIRTUAL;
CREATE INDEX recipients_by_name ON recipients (owner_id, name_key, id);

ALTER TABLE messages ADD COLUMN subject_key TEXT GENERATED ALWAYS AS (
    substr(search_text, 1, instr(search_text, char(10)) - 1)
) VIRTUAL;
CREATE INDEX messages_by_subject ON messages (owner_id, subject_key, id);
CREATE INDEX messages_by_change ON messages (owner_id, updated_at, id);

-- What a mailing is called: its own title, or its message's subject where it has none.
ALTER TABLE mailings ADD COLUMN title_key TEXT NOT NULL DEFAULT '';
UPDATE mailings SET title_key = CASE WHEN title <> '' THEN search_text ELSE coalesce(
    (SELECT m.subject_key FROM messages m WHERE m.id = message_id), '') END;
CREATE TRIGGER mailings_are_called AFTER INSERT ON mailings
BEGIN
    UPDATE mailings SET title_key = CASE WHEN new.title <> '' THEN new.search_text ELSE coalesce(
        (SELECT m.subject_key FROM messages m WHERE m.id = new.message_id), '') END
    WHERE id = new.id;
END;
CREATE TRIGGER mailings_are_called_anew AFTER UPDATE OF title, search_text, message_id ON mailings
BEGIN
    UPDATE mailings SET title_key = CASE WHEN new.title <> '' THEN new.search_text ELSE coalesce(
        (SELECT m.subject_key FROM messages m WHERE m.id = new.message_id), '') END
    WHERE id = new.id;
END;
CREATE TRIGGER mailings_are_called_like_their_message AFTER UPDATE OF search_text ON messages
BEGIN
    UPDATE mailings SET title_key = new.subject_key WHERE message_id = new.id AND title = '';
END;
CREATE INDEX mailings_by_title ON mailings (owner_id, title_key, id) WHERE deleted_at IS NULL;
CREATE INDEX mailings_by_start ON mailings (owner_id, starts_at, id) WHERE deleted_at IS NULL;
CREATE INDEX mailings_by_end ON mailings (owner_id, ends_at, id) WHERE deleted_at IS NULL;

CREATE INDEX users_seen ON users (coalesce(last_seen_at, 0), id) WHERE deleted_at IS NULL;
CREATE INDEX users_unconfirmed ON users (id) WHERE confirmed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX users_blocked ON users (id) WHERE blocked_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX captured_mails_by_address ON captured_mails (rcpt_to, id);

-- Every three letters that follow each other in what is searched, and where. The row's number in
-- it is the owner's and the recipient's in one (owner << 40 | id), so that a search walks over one
-- owner's rows only, the newest first, whoever else has a million that match.
CREATE VIRTUAL TABLE recipients_search USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'trigram'
);
INSERT INTO recipients_search (rowid, text)
    SELECT owner_id << 40 | id, search_text FROM recipients ORDER BY owner_id, id;
CREATE TRIGGER recipients_are_found AFTER INSERT ON recipients
BEGIN
    INSERT INTO recipients_search (rowid, text) VALUES (new.owner_id << 40 | new.id, new.search_text);
END;
CREATE TRIGGER recipients_are_found_anew AFTER UPDATE OF search_text ON recipients
WHEN old.search_text <> new.search_text
BEGIN
    UPDATE recipients_search SET text = new.search_text WHERE rowid = new.owner_id << 40 | new.id;
END;
CREATE TRIGGER recipients_are_found_no_more AFTER DELETE ON recipients
BEGIN
    DELETE FROM recipients_search WHERE rowid = old.owner_id << 40 | old.id;
END;

-- Numbers of rows that pages show.
CREATE TABLE kept_counts (
    what TEXT PRIMARY KEY,
    count INTEGER NOT NULL CHECK (count >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO kept_counts (what, count) VALUES
    ('users', (SELECT count(*) FROM users WHERE deleted_at IS NULL)),
    ('captured_mails', (SELECT count(*) FROM captured_mails));
CREATE TRIGGER users_are_counted AFTER INSERT ON users WHEN new.deleted_at IS NULL
BEGIN UPDATE kept_counts SET count = count + 1 WHERE what = 'users'; END;
CREATE TRIGGER deleted_users_are_not_counted AFTER UPDATE OF deleted_at ON users
WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL)
BEGIN
    UPDATE kept_counts SET count = count + CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END
    WHERE what = 'users';
END;
CREATE TRIGGER users_are_counted_no_more AFTER DELETE ON users WHEN old.deleted_at IS NULL
BEGIN UPDATE kept_counts SET count = count - 1 WHERE what = 'users'; END;
CREATE TRIGGER captured_mails_are_counted AFTER INSERT ON captured_mails
BEGIN UPDATE kept_counts SET count = count + 1 WHERE what = 'captured_mails'; END;
CREATE TRIGGER captured_mails_are_counted_no_more AFTER DELETE ON captured_mails
BEGIN UPDATE kept_counts SET count = count - 1 WHERE what = 'captured_mails'; END;

-- A mailing's recipients come in editions, of which the mailing's own counts. Another one is put
-- together beside it, piece by piece, and takes its place in one step; or goes, and nothing has
-- changed.
ALTER TABLE mailings ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;
CREATE TABLE members (
    mailing_id INTEGER NOT NULL REFERENCES mailings (id) ON DELETE CASCADE,
    edition INTEGER NOT NULL DEFAULT 0,
    recipient_id INTEGER NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
    PRIMARY KEY (mailing_id, edition, recipient_id)
) STRICT, WITHOUT ROWID;
INSERT INTO members (mailing_id, recipient_id)
    SELECT mailing_id, recipient_id FROM mailing_recipients ORDER BY mailing_id, recipient_id;
DROP TABLE mailing_recipients;
CREATE INDEX members_by_recipient ON members (recipient_id);
-- Those that count.
CREATE VIEW mailing_recipients (mailing_id, recipient_id) AS
    SELECT t.mailing_id, t.recipient_id FROM members t
    JOIN mailings g ON g.id = t.mailing_id AND g.edition = t.edition;

-- An edition that is being put together, or one that is being put away.
CREATE TABLE fillings (
    mailing_id INTEGER NOT NULL REFERENCES mailings (id) ON DELETE CASCADE,
    edition INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('filling', 'clearing')),
    -- What was chosen, as the form says it.
    selection TEXT NOT NULL,
    -- Whether the mailing is new: hidden until it is complete, gone if this is called off.
    is_new INTEGER NOT NULL CHECK (is_new IN (0, 1)),
    -- Recipients are looked at in the order of their numbers, behind `after_id`, up to `upto_id`.
    after_id INTEGER NOT NULL,
    upto_id INTEGER NOT NULL,
    looked_at INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL,
    found INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    PRIMARY KEY (mailing_id, edition)
) STRICT;
CREATE UNIQUE INDEX fillings_under_way ON fillings (mailing_id) WHERE state = 'filling';
