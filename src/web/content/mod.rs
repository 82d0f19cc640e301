//! Messages: what is said.

pub(super) mod message_form;
pub(super) mod messages;
