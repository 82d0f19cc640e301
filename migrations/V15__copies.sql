-- Captured mails take no more than so many octets (`store/captured.rs`); letters of the service's own
-- are not among them.
CREATE INDEX captured_mails_of_runs ON captured_mails (id) WHERE private = 0;
INSERT INTO kept_counts (what, count) VALUES ('captured_octets',
    (SELECT coalesce(sum(length(source)), 0) FROM captured_mails WHERE private = 0));
CREATE TRIGGER captured_octets_are_counted AFTER INSERT ON captured_mails WHEN new.private = 0
BEGIN
    UPDATE kept_counts SET count = count + length(new.source) WHERE what = 'captured_octets';
END;
CREATE TRIGGER captured_octets_are_counted_no_more AFTER DELETE ON captured_mails
WHEN old.private = 0
BEGIN
    UPDATE kept_counts SET count = count - length(old.source) WHERE what = 'captured_octets';
END;

-- Deliveries that wait follow their recipients from here on (`store/waiting.rs`). Those of runs that
-- are not over yet whose recipients were deleted before would still be mailed: they end, and where
-- the server may have the mail already they are in doubt.
UPDATE deliveries AS d SET
    state = CASE WHEN EXISTS (SELECT 1 FROM attempts a
                              WHERE a.delivery_id = d.id AND a.outcome = 'in_doubt')
                 THEN 'in_doubt' ELSE 'skipped' END,
    reason = CASE WHEN EXISTS (SELECT 1 FROM attempts a
                               WHERE a.delivery_id = d.id AND a.outcome = 'in_doubt')
                  THEN NULL ELSE 'deleted' END
WHERE d.state = 'waiting'
  AND d.run_id IN (SELECT id FROM runs WHERE state IN ('active', 'paused'))
  AND NOT EXISTS (SELECT 1 FROM recipients r WHERE r.id = d.recipient_id);

-- Before its first try a delivery goes to the address and the name of today, unless that address has
-- unsubscribed.
UPDATE deliveries AS d SET state = 'skipped', reason = 'unsubscribed'
WHERE d.state = 'waiting' AND d.attempts = 0
  AND d.run_id IN (SELECT id FROM runs WHERE state IN ('active', 'paused'))
  AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id)
  AND EXISTS (SELECT 1 FROM recipients r
              JOIN suppressions s ON s.owner_id = r.owner_id AND s.email_key = r.email_key
              WHERE r.id = d.recipient_id);
UPDATE deliveries AS d SET (email, name) =
    (SELECT r.email, r.name FROM recipients r WHERE r.id = d.recipient_id)
WHERE d.state = 'waiting' AND d.attempts = 0
  AND d.run_id IN (SELECT id FROM runs WHERE state IN ('active', 'paused'))
  AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id)
  AND EXISTS (SELECT 1 FROM recipients r
              WHERE r.id = d.recipient_id AND (r.email, r.name) IS NOT (d.email, d.name));

UPDATE runs SET (queued, deferred, in_doubt, skipped) =
    (SELECT coalesce(sum(d.state = 'waiting' AND d.attempts = 0), 0),
            coalesce(sum(d.state = 'waiting' AND d.attempts > 0), 0),
            coalesce(sum(d.state = 'in_doubt'), 0), coalesce(sum(d.state = 'skipped'), 0)
     FROM deliveries d WHERE d.run_id = runs.id)
WHERE state IN ('active', 'paused');
UPDATE runs SET state = 'finished', finished_at =
    coalesce((SELECT max(a.at) FROM attempts a WHERE a.run_id = runs.id), started_at)
WHERE state IN ('active', 'paused') AND queued + deferred + trying = 0 AND filled_to IS NULL;
