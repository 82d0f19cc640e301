//! Recipients from a table or a list that somebody has: CSV of any usual kind, columns pasted from a
//! spreadsheet, a `To:` line, addresses one a line; in whichever encoding.
//!
//! [`plan`] looks at the beginning and says what it takes for what: encoding, separator, headings,
//! columns. [`Plan::people`] reads all of it by that plan, row by row, in memory that does not grow but
//! for 16 octets a person, by which the same address is known again. Nothing is dropped in silence: a
//! line that does not fit the plan is a [`Problem`]. Every step is linear in the length of the input,
//! and what has more than [`MAX_COLUMNS`] columns is refused at its first line.

mod columns;
mod cyrillic;
mod encoding;
mod headings;
mod kind;
mod labels;
mod lines;
mod list;
mod mailbox;
mod model;
mod people;
mod plan;
mod problem;
mod records;
mod separator;
mod state;
mod summary;
#[cfg(test)]
mod tests;
mod traces;

pub use encoding::{OFFERED as ENCODINGS, by_name as encoding_by_name};
pub use model::{
    Column, MAX_COLUMNS, MAX_RECORD, Plan, PlanError, Problem, Role, Row, Shape, Which, Wishes,
};
pub use people::{Found, People};
pub use plan::plan;
pub use summary::{NAMED, Summary};
