//! Deliveries, attempts, replies, what is in doubt, retries, throttles, relays.

pub(super) mod attempts;
pub(super) mod doubts;
pub(super) mod log_row;
