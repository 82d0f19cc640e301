//! The service itself: the installation it belongs to, its health, captured mail, figures for monitoring.

pub(super) mod adopt;
pub(super) mod demo;
pub(super) mod demo_crowd;
pub(super) mod demo_data;
pub(super) mod doctor;
pub(super) mod mailbox;
pub(super) mod serve;
