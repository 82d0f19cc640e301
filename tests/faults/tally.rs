//! Many cells, a few at a time, and what they add up to.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mailapp::domain::Millis;
use parking_lot::{Condvar, Mutex};

/// What was done, and what came of it.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    pub cells: usize,
    /// Kills at each point; those from outside stand under `random`.
    pub kills: BTreeMap<&'static str, usize>,
    pub restarts: usize,
    /// Mails that the server took.
    pub mails: usize,
    pub attempts: usize,
    pub in_doubt: usize,
    /// Taken, but not marked accepted.
    pub unmarked: usize,
    pub duplicates: usize,
    /// The longest that a process took to be ready again, and to end when told to.
    pub slowest_start: Millis,
    pub slowest_stop: Millis,
}

impl Tally {
    pub fn killed(&self) -> usize {
        self.kills.values().sum()
    }

    fn add(&mut self, other: Self) {
        self.cells += other.cells;
        for (point, kills) in other.kills {
            *self.kills.entry(point).or_default() += kills;
        }
        self.restarts += other.restarts;
        self.mails += other.mails;
        self.attempts += other.attempts;
        self.in_doubt += other.in_doubt;
        self.unmarked += other.unmarked;
        self.duplicates += other.duplicates;
        self.slowest_start = self.slowest_start.max(other.slowest_start);
        self.slowest_stop = self.slowest_stop.max(other.slowest_stop);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cells, {} kills, {} restarts, {} mails taken in {} attempts; {} in doubt, {} taken \
             and not marked, {} duplicates; slowest start {} ms, slowest stop {} ms",
            self.cells,
            self.killed(),
            self.restarts,
            self.mails,
            self.attempts,
            self.in_doubt,
            self.unmarked,
            self.duplicates,
            self.slowest_start,
            self.slowest_stop
        )
    }
}

/// Cells of all tests that are played at the same time: mostly they wait, for a disk or a server.
const AT_ONCE: usize = 8;
static PLAYING: Mutex<usize> = Mutex::new(0);
static LEFT: Condvar = Condvar::new();

/// A place among those that are played.
struct Place;

impl Place {
    fn take() -> Self {
        let mut playing = PLAYING.lock();
        LEFT.wait_while(&mut playing, |playing| *playing >= AT_ONCE);
        *playing += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *PLAYING.lock() -= 1;
        LEFT.notify_one();
    }
}

/// Plays every cell and says what they add up to. Fails after the last one, with all that was wrong.
pub fn play<T: fmt::Debug + Sync>(
    name: &str,
    cells: &[T],
    one: impl Fn(&T) -> Tally + Sync,
) -> Tally {
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let place = Place::take();
                    match catch_unwind(AssertUnwindSafe(|| one(cell))) {
                        Ok(tally) => total.lock().add(tally),
                        Err(panic) => wrong.lock().push(format!("{cell:?}: {}", words(&*panic))),
                    }
                    drop(place);
                }
            });
        }
    });
    let (total, wrong) = (total.into_inner(), wrong.into_inner());
    tell(&format!("{name}: {total}"));
    assert!(
        wrong.is_empty(),
        "{} of {} cells:\n{}",
        wrong.len(),
        cells.len(),
        wrong.join("\n")
    );
    total
}

/// Says something that is to be seen whether or not the test fails.
pub fn tell(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "faults: {text}"));
}

/// What somebody panicked with.
pub fn words(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without words".to_owned())
}
