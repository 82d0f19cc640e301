//! Users, sign-in, sessions, tokens, two-factor, roles, the audit log.

pub(super) mod admission;
pub(super) mod confirm;
pub(super) mod create_user;
pub(super) mod device;
pub(super) mod hashing;
pub(super) mod profile;
pub(super) mod proof;
pub(super) mod recover;
pub(super) mod register;
pub(super) mod sealing;
pub(super) mod service_mail;
pub(super) mod session;
pub(super) mod set_language;
pub(super) mod sign_in;
pub(super) mod sign_out;
pub(super) mod two_factor;
pub(super) mod vouch;
