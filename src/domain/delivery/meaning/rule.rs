//! One rule of the classifier, and how it is compared with a reply.

use super::Meaning;
use super::words::Words;

/// Who speaks, where its codes or words mean something of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    Gmail,
    /// Office 365 and Outlook.com.
    Outlook,
    Yahoo,
    /// Amazon SES.
    Ses,
}

impl Provider {
    /// Marks in its words, and parts of the names of hosts in them.
    const fn marks(self) -> (&'static str, &'static str) {
        match self {
            Self::Gmail => ("gsmtp", "google com"),
            Self::Outlook => (
                "s3140 | s3150 | storedrv* | resolver",
                "outlook com | microsoft com | office com",
            ),
            Self::Yahoo => (
                "tss04 | tss09 | ts01 | ts02 | ts03 | bl21",
                "yahoo com | yahoo net",
            ),
            Self::Ses => ("amazon ses", "amazonaws com | amazon com"),
        }
    }

    fn says(self, words: &Words) -> bool {
        let (marks, names) = self.marks();
        any(marks, |mark| words.have(mark)) || any(names, |name| words.name(name))
    }
}

/// What a reply has to be to mean this. All conditions that are given must hold; of a list, which is
/// separated by `|`, one; of a list that is ruled out, none. Empty: no condition.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    provider: Option<Provider>,
    /// 4 or 5; 0 for both.
    class: u16,
    codes: &'static [u16],
    /// Enhanced codes without their class; `1.` is all of a subject.
    details: &'static str,
    /// Enhanced codes that rule it out.
    other_than: &'static str,
    words: &'static str,
    /// Words that must stand in it besides.
    also: &'static str,
    /// Words that rule it out.
    without: &'static str,
    /// Parts of a host's name or of a URL.
    names: &'static str,
    pub(super) meaning: Meaning,
}

impl Rule {
    pub(super) const fn of(meaning: Meaning) -> Self {
        Self {
            provider: None,
            class: 0,
            codes: &[],
            details: "",
            other_than: "",
            words: "",
            also: "",
            without: "",
            names: "",
            meaning,
        }
    }

    pub(super) const fn by(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    pub(super) const fn class(mut self, class: u16) -> Self {
        self.class = class;
        self
    }

    pub(super) const fn codes(mut self, codes: &'static [u16]) -> Self {
        self.codes = codes;
        self
    }

    pub(super) const fn details(mut self, details: &'static str) -> Self {
        self.details = details;
        self
    }

    pub(super) const fn other_than(mut self, details: &'static str) -> Self {
        self.other_than = details;
        self
    }

    pub(super) const fn words(mut self, words: &'static str) -> Self {
        self.words = words;
        self
    }

    pub(super) const fn also(mut self, words: &'static str) -> Self {
        self.also = words;
        self
    }

    pub(super) const fn without(mut self, words: &'static str) -> Self {
        self.without = words;
        self
    }

    pub(super) const fn names(mut self, names: &'static str) -> Self {
        self.names = names;
        self
    }

    pub(super) fn fits(&self, code: u16, detail: &str, words: &Words) -> bool {
        let is_detail = |wanted: &str| {
            wanted == detail || (wanted.ends_with('.') && detail.starts_with(wanted))
        };
        (self.class == 0 || self.class == code / 100)
            && (self.codes.is_empty() || self.codes.contains(&code))
            && (self.details.is_empty() || any(self.details, is_detail))
            && (self.other_than.is_empty() || !any(self.other_than, is_detail))
            && (self.words.is_empty() || any(self.words, |it| words.have(it)))
            && (self.also.is_empty() || any(self.also, |it| words.have(it)))
            && (self.without.is_empty() || !any(self.without, |it| words.have(it)))
            && (self.names.is_empty() || any(self.names, |it| words.name(it)))
            && self.provider.is_none_or(|provider| provider.says(words))
    }
}

fn any(list: &str, fits: impl Fn(&str) -> bool) -> bool {
    list.split('|').any(|one| fits(one.trim()))
}
