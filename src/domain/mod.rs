//! What things are: addresses, recipients, messages, mailings, deliveries, users, permissions.
//!
//! No I/O, no framework, no clock: time arrives as an argument. Whatever comes from outside is
//! parsed here once and is a domain type from then on.

pub mod account;
pub mod address;
pub mod attempt_filter;
pub mod connection_cap;
pub mod delivery;
pub mod doubt;
pub mod fate;
pub mod formula;
pub mod import;
pub mod leap;
pub mod letter;
pub mod limits;
pub mod local;
pub mod mail_ids;
pub mod mailing;
pub mod meaning;
pub mod message;
pub mod pace;
pub mod page;
pub mod password;
pub mod permission;
pub mod phrase;
pub mod progress;
pub mod reached;
pub mod recipient;
pub mod replies;
pub mod reply;
pub mod run;
pub mod selection;
pub mod slowdown;
pub mod statistics;
pub mod template;
pub mod text;
pub mod throttle;
pub mod token;
pub mod two_factor;
pub mod unsubscribe;
pub mod user;

/// A moment or a span in milliseconds; moments are counted from 1970-01-01 UTC.
pub type Millis = i64;

/// Row identifiers, as the database hands them out. They are never used twice.
pub type Id = i64;
