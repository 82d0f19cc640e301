//! Recipients: who they are, how they come in as a list, and who must not be mailed.

pub(super) mod import;
pub(super) mod import_once;
pub(super) mod import_page;
pub(super) mod received;
pub(super) mod recipient_form;
pub(super) mod recipients;
pub(super) mod unsubscribe;
