//! The main job in a real browser, with scripts, under the strict policy.

#![cfg(test)]

#[path = "../web_support/mod.rs"]
mod web_support;

mod answers;
mod back;
mod hostile;
mod import;
mod looks;
mod pictures;
mod walk;
mod window;
