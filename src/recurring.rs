//! Conditions that repeat themselves, as the log is told of them: at their beginning, ever more
//! seldom while they last, and at their end with how often it was. A full disk is one line a day and
//! not eight a second.

use parking_lot::Mutex;

/// A condition that may last. What it is called tells one from another in the same place: a new one
/// begins anew.
#[derive(Debug, Default)]
pub struct Recurring(Mutex<Option<Seen>>);

#[derive(Debug)]
struct Seen {
    what: String,
    times: u64,
    /// How often it was not so since.
    calm: u32,
}

/// So often it must not have been so before it seems to be over.
const CALM: u32 = 10;

impl Recurring {
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// It is so, perhaps once more. Returns how often so far when that is to be said: the first time,
    /// the tenth, the hundredth and so on.
    pub fn is_so(&self, what: &str) -> Option<u64> {
        let mut seen = self.0.lock();
        let times = match &mut *seen {
            Some(seen) if seen.what == what => {
                seen.times = seen.times.saturating_add(1);
                seen.calm = 0;
                seen.times
            }
            other => {
                *other = Some(Seen {
                    what: what.to_owned(),
                    times: 1,
                    calm: 0,
                });
                1
            }
        };
        is_power_of_ten(times).then_some(times)
    }

    /// It is not so this time, where it comes and goes: what fails every other time is not over every
    /// other time. Returns how often it was, once it has not been so for ten times in a row.
    pub fn is_not_so(&self) -> Option<u64> {
        let mut seen = self.0.lock();
        let calm = &mut seen.as_mut()?.calm;
        *calm += 1;
        if *calm < CALM {
            return None;
        }
        seen.take().map(|seen| seen.times)
    }

    /// It is so no longer. Returns how often it was, if it was.
    pub fn is_over(&self) -> Option<u64> {
        self.0.lock().take().map(|seen| seen.times)
    }
}

const fn is_power_of_ten(mut number: u64) -> bool {
    while number > 1 && number.is_multiple_of(10) {
        number /= 10;
    }
    number == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_told_at_its_beginning_ever_more_seldom_and_at_its_end() {
        let full = Recurring::new();
        assert_eq!(full.is_over(), None);
        let told: Vec<u64> = (0..12_345).filter_map(|_| full.is_so("full")).collect();
        assert_eq!(told, [1, 10, 100, 1_000, 10_000]);
        assert_eq!(full.is_over(), Some(12_345));
        assert_eq!(full.is_over(), None);
        assert_eq!(full.is_so("full"), Some(1));
    }

    #[test]
    fn what_fails_every_other_time_is_not_over_every_other_time() {
        let flapping = Recurring::new();
        let mut told = 0;
        for _ in 0..50 {
            told += usize::from(flapping.is_so("full").is_some());
            told += usize::from(flapping.is_not_so().is_some());
        }
        assert_eq!(told, 2, "the first time and the tenth");
        let over: Vec<u64> = (0..20).filter_map(|_| flapping.is_not_so()).collect();
        assert_eq!(over, [50]);
    }

    #[test]
    fn another_condition_in_the_same_place_is_told_at_once() {
        let seen = Recurring::new();
        assert_eq!(seen.is_so("full"), Some(1));
        assert_eq!(seen.is_so("full"), None);
        assert_eq!(seen.is_so("read-only"), Some(1));
        assert_eq!(seen.is_over(), Some(1));
    }
}
