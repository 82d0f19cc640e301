//! Attempts over time as bars, drawn here: the policy allows no scripts of others and no styles in
//! the page, and needs none. The picture is stretched to the width that there is; its words stand
//! beside it as text, and every number is in the table, too.

use serde::Serialize;

use crate::domain::reports::statistics::{Bucket, Step};
use crate::i18n::Reader;

/// The picture's own units.
const WIDTH: i64 = 1_000;
const HEIGHT: i64 = 200;

#[derive(Serialize)]
pub(in crate::web) struct Chart {
    width: i64,
    height: i64,
    bars: Vec<Bar>,
    /// What the lines at the top, in the middle and at the bottom stand for.
    ticks: [i64; 3],
    /// Under the bars, evenly spaced from the left.
    labels: Vec<String>,
}

#[derive(Serialize)]
struct Bar {
    x: String,
    width: String,
    accepted: Part,
    failed: Part,
    /// What the bar says when it is pointed at.
    title: String,
}

#[derive(Serialize)]
struct Part {
    y: String,
    height: String,
}

/// A row of the table beside it.
#[derive(Serialize)]
pub(in crate::web) struct Row {
    pub(in crate::web) label: String,
    pub(in crate::web) all: i64,
    pub(in crate::web) accepted: i64,
    pub(in crate::web) failed: i64,
    pub(in crate::web) refused: i64,
    pub(in crate::web) deferred: i64,
    pub(in crate::web) in_doubt: i64,
}

/// Most words under the bars.
const LABELS: usize = 6;

/// The smallest round number, even where it is above 1, that is not below `most`.
fn round_up(most: i64) -> i64 {
    let mut unit = 1;
    loop {
        for first in [2, 4, 6, 10] {
            if first * unit >= most {
                return first * unit;
            }
        }
        unit *= 10;
    }
}

/// A length in the picture, in hundredths.
fn length(numerator: i64, denominator: i64) -> String {
    let hundredths = i128::from(numerator) * 100 / i128::from(denominator.max(1));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

impl Chart {
    pub(in crate::web) fn new(buckets: &[Bucket], step: Step, reader: &Reader) -> Self {
        let most = buckets
            .iter()
            .map(|bucket| bucket.tally.all())
            .max()
            .unwrap_or(0);
        let top = round_up(most);
        let count = i64::try_from(buckets.len().max(1)).unwrap_or(i64::MAX);
        let bars = (0..).zip(buckets).map(|(index, bucket)| {
            let (accepted, failed) = (bucket.tally.accepted, bucket.tally.failed());
            Bar {
                x: length((10 * index + 1) * WIDTH, 10 * count),
                width: length(8 * WIDTH, 10 * count),
                accepted: Part {
                    y: length((top - accepted) * HEIGHT, top),
                    height: length(accepted * HEIGHT, top),
                },
                failed: Part {
                    y: length((top - accepted - failed) * HEIGHT, top),
                    height: length(failed * HEIGHT, top),
                },
                title: reader.say(
                    &crate::domain::phrase::Phrase::new("chart-bar")
                        .with("piece", reader.piece(bucket.from, bucket.until, step))
                        .with("accepted", reader.number(accepted))
                        .with("failed", reader.number(failed)),
                ),
            }
        });
        let shown = buckets.len().min(LABELS);
        let labels = (0..shown)
            .filter_map(|index| buckets.get(index * buckets.len() / shown))
            .map(|bucket| reader.short_piece(bucket.from, step));
        Self {
            width: WIDTH,
            height: HEIGHT,
            bars: bars.collect(),
            ticks: [top, top / 2, 0],
            labels: labels.collect(),
        }
    }

    /// The table beside the picture: the pieces in which anything happened, the newest first.
    pub(in crate::web) fn rows(buckets: &[Bucket], step: Step, reader: &Reader) -> Vec<Row> {
        buckets
            .iter()
            .rev()
            .filter(|bucket| bucket.tally.all() > 0)
            .map(|bucket| Row {
                label: reader.piece(bucket.from, bucket.until, step),
                all: bucket.tally.all(),
                accepted: bucket.tally.accepted,
                failed: bucket.tally.failed(),
                refused: bucket.tally.refused,
                deferred: bucket.tally.deferred,
                in_doubt: bucket.tally.in_doubt,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_line_is_a_round_number_with_a_whole_one_in_the_middle() {
        let tops: Vec<i64> = [0, 1, 2, 3, 7, 11, 99, 101, 12_345]
            .into_iter()
            .map(round_up)
            .collect();
        assert_eq!(tops, [2, 2, 2, 4, 10, 20, 100, 200, 20_000]);
        assert!(tops.iter().all(|top| top % 2 == 0));
    }

    #[test]
    fn the_largest_numbers_have_a_length() {
        assert_eq!(length(i64::MAX / 400, i64::MAX / 800), "2.00");
        assert_eq!(length(1, 3), "0.33");
    }
}
