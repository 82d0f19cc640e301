//! Statistics, the overview, and lists as files.

pub(super) mod exports;
pub(super) mod files_of;
pub(super) mod overview;
pub(super) mod statistics;
