//! mailapp: a mailing appliance in one executable with one SQLite file. See ARCHITECTURE.md.
//!
//! Two interfaces ([`web`], [`cli`]), one set of actions behind them ([`actions`]), one layer that
//! knows SQL ([`store`]), one engine that sends ([`engine`]). Every layer has the same columns: `system`,
//! `accounts`, `audience`, `content`, `mailings`, `delivery`, `reports`.
//!
//! The import law, held by `tests/house`: `domain` imports nothing of ours. `store` and `transport`
//! import `domain`. `engine` imports `domain`, `store`, `transport`, `clock` and `i18n`. `actions` import
//! `domain`, `store` and `app`. `export` imports `domain`, `store` and `i18n`. `web` and `cli` import
//! `actions`, `domain` and `export` and may read from `store`; they never write to it, never send, never
//! import each other.

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
