//! Captured mail: while no relay is configured, nothing leaves the machine and every mail is kept.

use std::future::Future;
use std::pin::Pin;

use super::{Ending, Mail};
use crate::domain::delivery::reply::Reply;

/// What stands in the journal as the server.
pub const SERVER: &str = "mailapp (captured)";

/// Why a mail could not be kept.
pub type KeepError = Box<dyn std::error::Error + Send + Sync>;

/// Where captured mail is put. The transport does not know the database; the application hands
/// this in.
pub trait Keep: Send + Sync {
    /// Keeps a mail durably and returns its number.
    fn keep<'a>(
        &'a self,
        mail: &'a Mail,
    ) -> Pin<Box<dyn Future<Output = Result<i64, KeepError>> + Send + 'a>>;
}

pub(super) async fn deliver(keep: &dyn Keep, mail: &Mail) -> Ending {
    match keep.keep(mail).await {
        // Not as which: that is how many there are of everybody's, and owners read it.
        Ok(_) => Ending::Answered(Reply::new(250, "2.0.0", "captured")),
        Err(error) => Ending::RelaysFault(Reply::new(451, "4.3.0", &error.to_string())),
    }
}
