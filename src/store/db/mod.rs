//! How the database is opened, read, and watched: technique that knows no table of the product.

pub(super) mod disk;
pub(super) mod error;
pub(super) mod health;
pub(super) mod kept;
pub(super) mod open;
pub(super) mod readers;
pub(super) mod room;
pub(super) mod select;
pub(super) mod snapshot;
pub(super) mod stopwatch;
pub(super) mod trouble;
pub mod versions;
pub(super) mod window;
