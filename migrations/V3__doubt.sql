-- Owners decide about deliveries in doubt; runs that pause by themselves tell their owners why.

-- When the owner said that a delivery in doubt is to be left so; NULL: it still asks.
ALTER TABLE deliveries ADD COLUMN doubt_left_at INTEGER;
CREATE INDEX deliveries_in_doubt ON deliveries (run_id, id) WHERE state = 'in_doubt';
-- How many of `in_doubt` are left so.
ALTER TABLE runs ADD COLUMN doubts_left INTEGER NOT NULL DEFAULT 0
    CHECK (doubts_left BETWEEN 0 AND in_doubt);

-- The reasons for a pause are listed in domain::run::PauseReason alone from here on: a CHECK cannot
-- be altered, and a list that grows would need the table anew each time. Rebuilding `runs` under
-- the foreign keys of deliveries and attempts would need them off, which a transaction cannot do; a
-- column can go together with its own CHECK, and no row's key is touched.
ALTER TABLE runs RENAME COLUMN pause_reason TO pause_reason_before;
ALTER TABLE runs ADD COLUMN pause_reason TEXT CHECK (pause_reason <> '');
UPDATE runs SET pause_reason = pause_reason_before WHERE pause_reason_before IS NOT NULL;
ALTER TABLE runs DROP COLUMN pause_reason_before;

-- Whether the owner has been written to about this pause; those of before were never to be.
ALTER TABLE runs ADD COLUMN pause_told INTEGER NOT NULL DEFAULT 0 CHECK (pause_told IN (0, 1));
UPDATE runs SET pause_told = 1 WHERE state = 'paused';
-- The last attempt that had been made when the run was resumed: whether most replies are the same
-- refusal is judged by those that came after it.
ALTER TABLE runs ADD COLUMN judged_to INTEGER NOT NULL DEFAULT 0;
