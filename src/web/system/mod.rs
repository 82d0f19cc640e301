//! The service itself: the installation it belongs to, its health, captured mail, figures for monitoring.

pub(super) mod cache;
pub(super) mod installation;
pub(super) mod mailbox;
pub(super) mod metrics;
