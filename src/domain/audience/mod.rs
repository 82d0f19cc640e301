//! Recipients: who they are, how they come in as a list, and who must not be mailed.

pub mod address;
pub mod import;
pub mod recipient;
pub mod unsubscribe;
