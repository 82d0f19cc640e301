//! The service itself: the installation it belongs to, its health, captured mail, figures for monitoring.

pub mod captured;
pub mod installation;
pub(super) mod installation_marker;
pub mod metrics;
pub(super) mod outside;
