//! Deliveries, attempts, replies, what is in doubt, retries, throttles, relays.

pub(super) mod settle_doubt;
