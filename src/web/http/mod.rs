//! HTTP: forms, guards, errors, assets, validators, and the front that speaks it.

pub(super) mod assets;
pub(super) mod client;
pub(super) mod csv;
pub(super) mod encoding;
pub(super) mod failure;
pub(super) mod forms;
pub mod front;
pub(super) mod guards;
pub(super) mod headers;
pub(super) mod refused;
pub(super) mod safe_form;
pub(super) mod stranded;
pub(super) mod streams;
pub mod templates;
pub(super) mod upload;
pub(super) mod validators;
pub(super) mod visitor;
