-- Runs that were called off and of which deliveries still wait to be ended, some thousands at a time.
CREATE INDEX runs_called_off ON runs (id) WHERE state = 'cancelled' AND queued + deferred > 0;

-- Of a run to those that another one did not reach: which one.
ALTER TABLE runs ADD COLUMN failed_of INTEGER REFERENCES runs (id);
