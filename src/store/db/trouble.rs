//! Why the database cannot be used, and what to do about it.

use crate::domain::Millis;
use crate::domain::phrase::Phrase;

/// Why the database cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another process holds it, for longer than is waited.
    Busy,
    /// There is no room left on its disk.
    Full,
    ReadOnly,
    /// What is in it cannot be right. Until the process ends it is neither read nor written.
    Damaged,
    /// It was deleted, moved away or replaced while it was open.
    Gone,
    /// The disk fails, or lets nobody in.
    Disk,
}

impl Trouble {
    /// One word, for whoever watches over the server.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Damaged => "damaged",
            Self::Gone => "gone",
            Self::Disk => "disk",
        }
    }

    /// What happened, what it means, what to do.
    pub const fn phrase(self) -> Phrase {
        Phrase::new(match self {
            Self::Busy => "error-database-busy",
            Self::Full => "error-database-full",
            Self::ReadOnly => "trouble-read-only",
            Self::Damaged => "trouble-damaged",
            Self::Gone => "trouble-gone",
            Self::Disk => "trouble-disk",
        })
    }

    /// What is so now and what to do, for whoever has asked for nothing: what became of a request is not
    /// said here, because part of one may have been done.
    pub const fn standing(self) -> Phrase {
        match self {
            Self::Busy => Phrase::new("trouble-standing-busy"),
            Self::Full => Phrase::new("trouble-standing-full"),
            Self::ReadOnly => Phrase::new("trouble-standing-read-only"),
            Self::Disk => Phrase::new("trouble-standing-disk"),
            Self::Damaged | Self::Gone => self.phrase(),
        }
    }

    /// When to ask again, in milliseconds: what passes by itself sooner than what waits for somebody.
    pub const fn retry_after(self) -> Millis {
        match self {
            Self::Busy => 5_000,
            Self::Full | Self::ReadOnly | Self::Disk | Self::Gone => 30_000,
            Self::Damaged => 300_000,
        }
    }
}
