//! Messages: what is said.

pub(super) mod message;
