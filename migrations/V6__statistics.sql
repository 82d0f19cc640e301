-- Statistics: totals that move in the transaction of the attempts that they count, so that no page
-- counts attempts to show a number; and the indexes of the log of all attempts.

-- Whose a run is, so that the journal need not ask its mailing.
ALTER TABLE runs ADD COLUMN owner_id INTEGER REFERENCES users (id);
UPDATE runs SET owner_id = (SELECT g.owner_id FROM mailings g WHERE g.id = mailing_id);
CREATE INDEX runs_by_owner ON runs (owner_id, id);

DROP TRIGGER attempts_are_never_updated;
ALTER TABLE attempts ADD COLUMN owner_id INTEGER;
UPDATE attempts SET owner_id = (SELECT r.owner_id FROM runs r WHERE r.id = run_id);
CREATE TRIGGER attempts_are_never_updated BEFORE UPDATE ON attempts
BEGIN SELECT RAISE(ABORT, 'an attempt is never updated'); END;

-- All of these grow at their end, which is what makes them cheap at twenty thousand rows a second.
CREATE INDEX attempts_by_owner ON attempts (owner_id, at);
CREATE INDEX attempts_failed ON attempts (owner_id, at) WHERE outcome <> 'accepted';
CREATE INDEX attempts_by_time ON attempts (at);
CREATE INDEX attempts_by_delivery ON attempts (delivery_id);
CREATE INDEX deliveries_by_recipient ON deliveries (recipient_id);
CREATE INDEX mailings_sent ON mailings (owner_id, ends_at)
    WHERE first_sent_at IS NOT NULL AND deleted_at IS NULL;

-- A slot is a quarter of an hour, counted from 1970-01-01 UTC: every zone's hours, days and months
-- begin with one, also where the clocks differ from UTC by half an hour.
CREATE TABLE totals_of_time (
    owner_id INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    deferred INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    longest_ms INTEGER NOT NULL,
    -- How many attempts took less than that (and not less than the one before).
    under_100ms INTEGER NOT NULL,
    under_300ms INTEGER NOT NULL,
    under_1s INTEGER NOT NULL,
    under_3s INTEGER NOT NULL,
    under_10s INTEGER NOT NULL,
    under_30s INTEGER NOT NULL,
    longer INTEGER NOT NULL,
    PRIMARY KEY (owner_id, slot, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX totals_of_time_by_run ON totals_of_time (run_id, slot);

-- By the recipients' domain (as an A-label): of a period, and of a run.
CREATE TABLE totals_of_domains (
    owner_id INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    domain TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    deferred INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    PRIMARY KEY (owner_id, slot, domain)
) STRICT, WITHOUT ROWID;
CREATE TABLE totals_of_run_domains (
    run_id INTEGER NOT NULL,
    domain TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    deferred INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    PRIMARY KEY (run_id, domain)
) STRICT, WITHOUT ROWID;

-- By reply. Where the server said nothing the code is 0 and `local` names what happened.
CREATE TABLE totals_of_replies (
    owner_id INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    charged_to TEXT NOT NULL,
    code INTEGER NOT NULL,
    enhanced TEXT NOT NULL,
    local TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (owner_id, slot, outcome, charged_to, code, enhanced, local)
) STRICT, WITHOUT ROWID;
CREATE TABLE totals_of_run_replies (
    run_id INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    charged_to TEXT NOT NULL,
    code INTEGER NOT NULL,
    enhanced TEXT NOT NULL,
    local TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (run_id, outcome, charged_to, code, enhanced, local)
) STRICT, WITHOUT ROWID;

INSERT INTO totals_of_time
SELECT r.owner_id, a.at / 900000, a.run_id,
       sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
       sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt'),
       sum(a.duration_ms), max(a.duration_ms),
       sum(a.duration_ms < 100),
       sum(a.duration_ms >= 100 AND a.duration_ms < 300),
       sum(a.duration_ms >= 300 AND a.duration_ms < 1000),
       sum(a.duration_ms >= 1000 AND a.duration_ms < 3000),
       sum(a.duration_ms >= 3000 AND a.duration_ms < 10000),
       sum(a.duration_ms >= 10000 AND a.duration_ms < 30000),
       sum(a.duration_ms >= 30000)
FROM attempts a JOIN runs r ON r.id = a.run_id
GROUP BY 1, 2, 3;

INSERT INTO totals_of_domains
SELECT r.owner_id, a.at / 900000, domain_of(d.email),
       sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
       sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt')
FROM attempts a JOIN runs r ON r.id = a.run_id JOIN deliveries d ON d.id = a.delivery_id
GROUP BY 1, 2, 3;

INSERT INTO totals_of_run_domains
SELECT a.run_id, domain_of(d.email),
       sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
       sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt')
FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
GROUP BY 1, 2;

INSERT INTO totals_of_replies
SELECT r.owner_id, a.at / 900000, a.outcome, a.charged_to, coalesce(a.code, 0),
       coalesce(a.enhanced, ''), CASE WHEN a.code IS NULL THEN local_key(a.text) ELSE '' END,
       count(*)
FROM attempts a JOIN runs r ON r.id = a.run_id
GROUP BY 1, 2, 3, 4, 5, 6, 7;

INSERT INTO totals_of_run_replies
SELECT a.run_id, a.outcome, a.charged_to, coalesce(a.code, 0), coalesce(a.enhanced, ''),
       CASE WHEN a.code IS NULL THEN local_key(a.text) ELSE '' END, count(*)
FROM attempts a
GROUP BY 1, 2, 3, 4, 5, 6;
