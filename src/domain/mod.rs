//! What things are: addresses, recipients, messages, mailings, deliveries, users, permissions.
//!
//! No I/O, no framework, no clock: time arrives as an argument. Whatever comes from outside is
//! parsed here once and is a domain type from then on.

pub mod accounts;
pub mod audience;
pub mod content;
pub mod delivery;
pub mod formula;
pub mod mailings;
pub mod page;
pub mod phrase;
pub mod reports;
pub mod system;
pub mod text;

/// A moment or a span in milliseconds; moments are counted from 1970-01-01 UTC.
pub type Millis = i64;

/// Row identifiers, as the database hands them out. They are never used twice.
pub type Id = i64;
