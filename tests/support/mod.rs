//! What the tests share: the house under test and the mail server that it talks to.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test crate uses its own part"
)]
#![allow(clippy::panic, reason = "a test that fails may panic")]

pub mod app;
pub mod journal;
pub mod postfix;
pub mod process;
pub mod sent;
pub mod smtp;

use std::time::Duration;

/// How often, and how many times, a condition is looked at before it counts as never coming true:
/// about half a minute, which only a failing test ever waits.
const LOOK: Duration = Duration::from_millis(4);
const LOOKS: usize = 7_500;

/// Waits until `found` finds something.
pub async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(value) = found().await {
            return value;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("waited in vain until {what}");
}

/// Every one of these with every one of the others.
pub fn pairs<A: Copy, B: Copy>(
    these: impl IntoIterator<Item = A>,
    others: impl IntoIterator<Item = B> + Copy,
) -> Vec<(A, B)> {
    let pair = |this| others.into_iter().map(move |other| (this, other));
    these.into_iter().flat_map(pair).collect()
}

/// Plays every case, all at the same time: mostly they wait.
pub async fn all_together<T>(cases: Vec<T>, play: impl AsyncFn(T)) {
    let play = &play;
    futures::future::join_all(cases.into_iter().map(async |case| play(case).await)).await;
}
