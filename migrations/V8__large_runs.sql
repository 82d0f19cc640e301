-- Runs of any size start at once: the first recipients with the run itself, the rest by the engine,
-- piece by piece.

-- The last recipient that has a delivery, in the order of their numbers; NULL: all have one.
ALTER TABLE runs ADD COLUMN filled_to INTEGER;
CREATE INDEX runs_being_filled ON runs (id) WHERE filled_to IS NOT NULL;

-- Whom a run did not reach, for a run to just those. No IN: see `deliveries.state`.
CREATE INDEX deliveries_failed ON deliveries (run_id, recipient_id)
    WHERE state = 'refused' OR state = 'expired' OR state = 'skipped';
