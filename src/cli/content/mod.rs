//! Messages: what is said.

pub(super) mod list;
pub(super) mod message;
