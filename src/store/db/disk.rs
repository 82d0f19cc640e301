//! How many share a commit, by what one costs.

use std::time::Duration;

/// Most jobs that share a commit; bounds how long the first of them waits.
const GROUP: usize = 512;
/// A group is not kept smaller than this for the wire's sake.
const SMALLEST: usize = 4;

/// A disk that commits faster than this is not what senders wait for. Then half of them share a
/// commit while the other half have the wire; all together they would take turns with it. A slower
/// disk is asked as seldom as may be.
const QUICK: Duration = Duration::from_millis(1);

/// How long the disk takes for a commit, of late.
#[derive(Default)]
pub(in crate::store) struct Disk(Duration);

impl Disk {
    #[expect(
        clippy::disallowed_methods,
        reason = "it measures the disk, and nothing but the size of a group follows from it"
    )]
    pub(in crate::store) fn time<T>(&mut self, commit: impl FnOnce() -> T) -> T {
        let started = std::time::Instant::now();
        let done = commit();
        self.0 = (self.0 * 7 + started.elapsed()) / 8;
        done
    }

    /// Most jobs that are to share the next commit, where so many senders write.
    pub(in crate::store) fn group(&self, senders: usize) -> usize {
        if senders > 1 && self.0 < QUICK {
            senders.div_ceil(2).max(SMALLEST)
        } else {
            GROUP
        }
    }
}
