//! What people see on the pages: every test starts the real application and speaks HTTP to it.

#![cfg(test)]

#[path = "../web_support/mod.rs"]
mod web_support;

mod account;
mod attempts;
mod audit_log;
mod captured_mail;
mod compressed;
mod doubts;
mod editing;
mod escaping;
mod figures;
mod filling;
mod forged_requests;
mod headers;
mod history;
mod import;
mod import_twice;
mod kept_forms;
mod languages;
mod mailing_form;
mod mailings;
mod managers;
mod members;
mod messages;
mod metrics;
mod others_addresses;
mod overview;
mod ownership;
mod passwords;
mod picker;
mod progress;
mod proxy;
mod raw_requests;
mod recipients;
mod recovery;
mod registration;
mod runs;
mod searches;
mod sign_in;
mod slow_clients;
mod sorting;
mod stale;
mod statistics;
mod strangers;
mod two_factor;
mod unchanged;
mod unsubscribing;
mod uploads;
