//! What the system knows of a process.

use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Follows a process until it ends.
pub struct Watch {
    pid: u32,
    peak_kib: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub fn over(child: &Child) -> Self {
        let pid = child.id();
        let peak_kib = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&peak_kib);
        // The peak is gone with the process's memory, before anybody has waited for its end.
        let thread = std::thread::spawn(move || {
            while let Some(kib) = peak(pid) {
                seen.store(kib, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self {
            pid,
            peak_kib,
            thread,
        }
    }

    /// Waits for the end, which must come of itself; returns the highest resident set in MiB and
    /// the processor time.
    pub fn end(self, mut child: Child) -> (f64, Duration) {
        self.thread.join().unwrap();
        let used = processor_time(self.pid);
        let status = child.wait().unwrap();
        assert!(status.success(), "{status}");
        (self.peak_kib.load(Ordering::Relaxed) as f64 / 1_024.0, used)
    }
}

fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Of all its threads, in user and in kernel mode; also of a process that has ended and has not
/// been waited for.
fn processor_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The program's name may hold spaces; it ends at the last parenthesis.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    // Linux counts in hundredths for every program (USER_HZ).
    Duration::from_millis(ticks * 10)
}
