//! mailapp: a mailing appliance in one executable with one SQLite file. See ARCHITECTURE.md.
//!
//! Two doors ([`web`], [`cli`]), one set of verbs behind them ([`actions`]), one room that knows
//! SQL ([`store`]), one engine that sends ([`engine`]).
//!
//! The import law, held by `tests/house.rs`: `domain` imports nothing of ours. `store` and
//! `transport` import `domain`. `engine` imports `domain`, `store`, `transport`, `clock`.
//! `actions` import `domain`, `store`, and `app`. `export` imports `domain`, `store`, `i18n`. `web`
//! and `cli` import `actions`, `domain`, `export` and may read from `store`; they never write to it, never send, never import each other.

pub mod actions;
pub mod app;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod descriptors;
pub mod domain;
pub mod engine;
pub mod export;
pub mod failpoint;
pub mod i18n;
pub mod recurring;
pub mod store;
pub mod transport;
pub mod web;
