//! Statistics, the overview, and lists as files.

pub(super) mod stats;
