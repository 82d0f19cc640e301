//! Wakes the engine of this process when there may be something to do.

use std::sync::Arc;

use tokio::sync::Notify;

/// Woken after every change that the engine should see at once.
#[derive(Debug, Clone, Default)]
pub struct Wakeup(Arc<Notify>);

impl Wakeup {
    pub fn wake(&self) {
        self.0.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.0.notified().await;
    }
}
