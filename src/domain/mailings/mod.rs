//! Mailings, their recipients, their schedule, and their runs.

pub mod mailing;
pub mod pace;
pub mod run;
pub mod selection;
