//! Wakes the engine of this process when there may be something to do.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rung after every change that the engine should see at once.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub fn ring(&self) {
        self.0.notify_one();
    }

    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }
}
