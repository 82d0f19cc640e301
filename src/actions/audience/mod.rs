//! Recipients: who they are, how they come in as a list, and who must not be mailed.

pub(super) mod create_recipient;
pub(super) mod delete_recipient;
pub(super) mod import_recipients;
pub(super) mod unsubscribe;
pub(super) mod update_recipient;
pub(super) mod uploads;
