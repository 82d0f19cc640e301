//! Statistics, the overview, and lists as files.

pub mod overview;
pub(super) mod scope;
pub mod statistics;
