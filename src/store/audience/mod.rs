//! Recipients: who they are, how they come in as a list, and who must not be mailed.

pub mod imports;
pub mod recipients;
pub(super) mod search;
pub mod suppressions;
pub mod uploads;
