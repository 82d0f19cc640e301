//! Users, sign-in, sessions, tokens, two-factor, roles, the audit log.

pub(super) mod account;
pub(super) mod audit;
pub(super) mod create_user;
pub(super) mod users;
