//! Statistics, the overview, and lists as files.

pub mod statistics;
