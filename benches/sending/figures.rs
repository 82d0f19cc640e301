//! Numbers: medians, percentiles, and the table that they end in.

use std::fmt;
use std::time::Duration;

/// Rows as docs/performance.md shows them.
#[derive(Default)]
pub struct Table(Vec<[String; 4]>);

impl Table {
    /// What was done, what it came to, what that is measured by, and what it is to be.
    pub fn row(&mut self, work: String, figure: String, beside: String, wanted: &str) {
        eprintln!("  {work}: {figure}, {beside}");
        self.0.push([work, figure, beside, wanted.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| work | mailapp | beside it | wanted |")?;
        writeln!(f, "|---|---|---|---|")?;
        for row in &self.0 {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// The middle one. Of an even number the upper of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The value that so many of a hundred do not exceed.
pub fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100);
    values[rank.max(1) - 1]
}

/// Thousands apart, as in «50,000».
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
