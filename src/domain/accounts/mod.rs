//! Users, sign-in, sessions, tokens, two-factor, roles, the audit log.

pub mod account;
pub mod password;
pub mod permission;
pub mod throttle;
pub mod token;
pub mod two_factor;
pub mod user;
