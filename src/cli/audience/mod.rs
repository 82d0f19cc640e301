//! Recipients: who they are, how they come in as a list, and who must not be mailed.

pub(super) mod import;
pub(super) mod list;
pub(super) mod recipient;
