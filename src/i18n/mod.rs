//! Russian and English: texts (Fluent), numbers, moments and spans in the reader's own way.

mod audit;
mod figures;
mod reader;
mod run;
mod typed;

pub use reader::Reader;
pub use typed::Edge;
