//! Users, sign-in, sessions, tokens, two-factor, roles, the audit log.

pub(super) mod account;
pub(super) mod audit;
pub(super) mod language;
pub(super) mod recover;
pub(super) mod register;
pub(super) mod sessions;
pub(super) mod sign_in;
pub(super) mod two_factor;
pub(super) mod users;
