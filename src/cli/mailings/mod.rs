//! Mailings, their recipients, their schedule, and their runs.

pub(super) mod display;
pub(super) mod follow;
pub(super) mod list;
pub(super) mod mailing;
pub(super) mod members;
pub(super) mod run_verbs;
pub(super) mod send;
pub(super) mod status;
pub(super) mod switch;
