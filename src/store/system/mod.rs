//! The service itself: the installation it belongs to, its health, captured mail, figures for monitoring.

pub(super) mod beside;
pub mod captured;
pub mod installation;
pub mod metrics;
pub(super) mod outside;
