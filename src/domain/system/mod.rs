//! The service itself: the installation it belongs to, its health, captured mail, figures for monitoring.

pub mod clock_jump;
