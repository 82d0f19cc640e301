//! Messages: what is said.

pub(super) mod create_message;
pub(super) mod delete_message;
pub(super) mod update_message;
