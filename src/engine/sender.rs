//! Who sends from a database, as far as this process knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;

use super::lock::{self, Sender};

/// Who sends from one database now. Cloning is cheap; all clones are one.
#[derive(Debug, Clone)]
pub struct CurrentSender {
    database: PathBuf,
    /// While the engine of this process has the lock: nobody else can have it.
    own: Arc<RwLock<Option<Sender>>>,
}

impl CurrentSender {
    pub fn of(database: &Path) -> Self {
        Self {
            database: database.to_owned(),
            own: Arc::default(),
        }
    }

    /// The sender's word, from memory where it is this process's own engine, otherwise from the lock
    /// file. `None`: nobody sends, or it has not said.
    pub async fn get(&self) -> Option<Sender> {
        let own = self.own.read().clone();
        if own.is_some() {
            return own;
        }
        let database = self.database.clone();
        let look = move || lock::sender(&database);
        tokio::task::spawn_blocking(look).await.ok().flatten()
    }

    /// Whether another process has the lock, so that an engine that is started here stands by.
    pub async fn is_another(&self) -> bool {
        let database = self.database.clone();
        let look = move || lock::is_held(&database);
        let is_held = tokio::task::spawn_blocking(look).await.unwrap_or(false);
        is_held && self.own.read().is_none()
    }

    /// Says that the engine of this process has the lock, or no longer has it.
    pub(super) fn set_own(&self, own: Option<Sender>) {
        *self.own.write() = own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_engine_of_this_process_is_known_without_a_look_at_the_file() {
        let nowhere = CurrentSender::of(Path::new("/nowhere/mailapp.db"));
        let own = Sender {
            base_url: "https://mail.example.ru".to_owned(),
            captures: false,
        };
        assert_eq!(nowhere.get().await, None);
        nowhere.set_own(Some(own.clone()));
        assert_eq!(nowhere.clone().get().await, Some(own));
        nowhere.set_own(None);
        assert_eq!(nowhere.get().await, None);
    }
}
