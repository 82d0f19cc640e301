//! The service itself: the installation it belongs to, its health, captured mail, figures for monitoring.

pub(super) mod adopt;
pub(super) mod fill_demo;
