//! Deliveries, attempts, replies, what is in doubt, retries, throttles, relays.

pub mod attempt_log;
pub mod attempt_query;
pub mod attempt_result;
pub mod attempts;
pub mod bulk;
pub mod deliveries;
pub mod doubts;
pub mod outbox;
pub mod pauses;
pub mod progress;
pub mod received;
pub mod recovery;
pub mod relay;
pub(super) mod tally;
pub mod termination;
pub mod throttles;
pub mod totals;
pub mod tries;
pub mod upkeep;
pub mod waiting;
