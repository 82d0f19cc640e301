//! Several readings of one and the same moment.

use rusqlite::Connection;

use crate::store::StoreError;

/// Runs `read` in a transaction of its own, so that its answers belong together also while somebody
/// writes. Only for readers, and nothing in it waits for anybody: the log of the database cannot be
/// shortened while it is open.
#[expect(
    clippy::disallowed_methods,
    reason = "it reads, on a connection that cannot write"
)]
pub(in crate::store) fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    let answer = read(&transaction)?;
    transaction.rollback()?;
    Ok(answer)
}
