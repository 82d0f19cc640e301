//! What owners decide about mails in doubt, and runs that pause by themselves and tell their
//! owners: the real engine, a real mail server, the real program.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod about_us;
mod command;
mod doubts;
mod pauses;

const ANNA: &str = "anna@example.ru";
const BORIS: &str = "boris@example.ru";
