//! Messages: what is said.

pub mod message;
pub mod template;
