//! Users, sign-in, sessions, tokens, two-factor, roles, the audit log.

pub mod audit;
pub mod directory;
pub mod second_factors;
pub mod sessions;
pub mod tokens;
pub mod users;
