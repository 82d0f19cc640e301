//! Named points of the code at which a test kills the process, to see what a crash there leaves.
//!
//! They exist only in a build with the feature `failpoints`, which is made for `tests/faults` alone;
//! everywhere else [`hit`] is nothing. `FAILPOINT=claimed:3` in the environment kills the process
//! (SIGKILL: nothing is flushed, nobody is told) when it comes to `claimed` for the third time.

/// Every point, in the order in which a mailing meets them.
pub const NAMES: [&str; 30] = [
    // A run starts (`actions::send_mailing`).
    "run-checked",
    "run-stored",
    "run-committed",
    // The engine takes over.
    "lock-taken",
    "recovered",
    "swept",
    "feed-filled",
    // One writer.
    "group-begun",
    "group-run",
    "group-committed",
    "group-answered",
    // One mail.
    "taken",
    "connecting",
    "connected",
    "claimed",
    "composed",
    "announced",
    "invited",
    "body-half-sent",
    "body-sent",
    "answered",
    "judged",
    "settled",
    // The relay's troubles.
    "relay-failed",
    "relay-noted",
    // The service's own mail.
    "letter-taken",
    "letter-sent",
    "letter-settled",
    // The end.
    "stopping",
    "stopped",
];

/// The process comes to the point `name`.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub const fn hit(_name: &'static str) {}

/// Whether the process is to end at the point `name`, for code that has to be slower to have it.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub const fn is_awaited(_name: &'static str) -> bool {
    false
}

#[cfg(feature = "failpoints")]
pub use awaited::{hit, is_awaited};

#[cfg(feature = "failpoints")]
mod awaited {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::NAMES;

    /// The point that kills, and how often it is passed before.
    static DEADLY: LazyLock<Option<(String, AtomicU32)>> = LazyLock::new(|| {
        let wish = std::env::var("FAILPOINT").ok()?;
        let (name, nth) = wish.split_once(':').unwrap_or((&wish, "1"));
        let nth = nth.parse::<u32>().ok()?.max(1);
        Some((name.to_owned(), AtomicU32::new(nth - 1)))
    });

    /// Whether the process is to end at the point `name`.
    pub fn is_awaited(name: &'static str) -> bool {
        DEADLY.as_ref().is_some_and(|(deadly, _)| deadly == name)
    }

    /// The process comes to the point `name`, and may end here.
    pub fn hit(name: &'static str) {
        debug_assert!(NAMES.contains(&name), "{name} is not in the list");
        let Some((deadly, left)) = &*DEADLY else {
            return;
        };
        let one_less = |left: u32| left.checked_sub(1);
        if deadly == name
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
                .is_err()
        {
            let this = rustix::process::getpid();
            rustix::process::kill_process(this, rustix::process::Signal::KILL).ok();
            std::process::abort();
        }
    }
}
