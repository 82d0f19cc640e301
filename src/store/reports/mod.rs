//! Statistics, the overview, and lists as files.

pub(super) mod of;
pub mod overview;
pub mod statistics;
