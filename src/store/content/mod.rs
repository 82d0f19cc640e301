//! Messages: what is said.

pub mod messages;
