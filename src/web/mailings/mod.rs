//! Mailings, their recipients, their schedule, and their runs.

pub(super) mod attempts_view;
pub(super) mod doubts_view;
pub(super) mod filling;
pub(super) mod lookup;
pub(super) mod mailing_form;
pub(super) mod members;
pub(super) mod pages;
pub(super) mod picker;
pub(super) mod progress;
pub(super) mod run_view;
pub(super) mod runs;
pub(super) mod sending;
pub(super) mod stop;
