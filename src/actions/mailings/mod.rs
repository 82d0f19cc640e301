//! Mailings, their recipients, their schedule, and their runs.

pub(super) mod cancel_run;
pub(super) mod create_mailing;
pub(super) mod delete_mailing;
pub(super) mod fill;
pub(super) mod pause_run;
pub(super) mod resume_run;
pub(super) mod send_mailing;
pub(super) mod start_due_mailings;
pub(super) mod stop;
pub(super) mod update_mailing;
