//! A database that cannot be used: the disk is full, another process holds it, it may not be written,
//! it is damaged, it is gone; or the process has too few descriptors. The real program is run on it; what it says, what it leaves alone, and
//! that it goes on by itself where that is possible.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../web_support/mod.rs"]
mod web_support;

mod commands;
mod copied;
mod crowded;
mod damaged;
mod full;
mod gone;
mod held;
mod memory;
mod restored;
mod service;
mod starting;
