//! How the engine sends: its settings.

use crate::domain::Millis;
use crate::domain::accounts::user::Language;
use crate::domain::delivery::{OnDoubt, RetrySchedule};

/// How the engine sends.
#[derive(Debug, Clone)]
pub struct Settings {
    pub retry: RetrySchedule,
    pub on_doubt: OnDoubt,
    /// How long the relay may be away before the runs are paused.
    pub relay_patience: Millis,
    /// Of letters to those who have chosen none.
    pub language: Language,
    /// Seeds the jitter of retries.
    pub seed: u64,
}
