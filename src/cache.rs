//! An in-process cache for answers that are costly and asked for often.
//!
//! It is correct at once after any write, also one of another process: every answer carries the
//! database's version (`Store::version`) at which it was found, and counts only while that is
//! still the version. A key names whose rows were looked at, so that nothing crosses users. It is
//! bounded in octets: what was not asked for the longest goes first.

use std::mem::{size_of, size_of_val};
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::domain::Millis;
use crate::domain::accounts::permission::Scope;
use crate::domain::page::Found;
use crate::domain::reports::statistics::Tally;
use crate::store::accounts::sessions::Session;
use crate::store::reports::statistics;
use crate::store::reports::statistics::StatsScope;
use crate::store::{Store, StoreError};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Question {
    /// How many rows of whose match these words.
    Found {
        what: &'static str,
        owner: Option<i64>,
        words: String,
    },
    /// Whose session that is, by the hash of its token.
    Session([u8; 32]),
    /// A report as a page shows it; the words say all that it depends on beside its rows.
    Report { of: StatsScope, words: String },
    /// Attempts since each of these moments, and of all time.
    Since {
        owner: Option<i64>,
        moments: Vec<Millis>,
    },
}

#[derive(Debug, Clone)]
enum Answer {
    Found(Found),
    Session(Box<Session>),
    Report(Arc<str>),
    Since(Vec<Tally>),
}

struct Kept {
    /// The database's version at which it was found.
    version: i64,
    answer: Answer,
}

/// Octets that the answers may take, with their questions.
const CAPACITY: usize = 4 * 1_024 * 1_024;
/// What the map itself takes for an entry, about.
const OVERHEAD: usize = 64;

/// How the cache has done since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub hits: u64,
    /// Asked for, and not there or out of date.
    pub misses: u64,
    pub answers: usize,
    /// Octets taken, of how many.
    pub size: usize,
    pub capacity: usize,
}

/// Answers, and how they were asked for.
pub struct Cache(Mutex<Inner>);

struct Inner {
    kept: LruCache<Question, Kept>,
    size: usize,
    capacity: usize,
    hits: u64,
    misses: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl Inner {
    fn get(&mut self, question: &Question, version: i64) -> Option<Answer> {
        let kept = self.kept.get(question);
        let answer = kept
            .filter(|kept| kept.version == version)
            .map(|kept| kept.answer.clone());
        if answer.is_some() {
            self.hits += 1;
        } else {
            self.misses += 1;
        }
        answer
    }

    fn put(&mut self, question: Question, kept: Kept) {
        let added = size(&question, &kept);
        if added > self.capacity {
            return;
        }
        // Replaced or pushed out: what is gone takes nothing any more.
        if let Some(old) = self.kept.pop(&question) {
            self.size -= size(&question, &old);
        }
        while self.size + added > self.capacity {
            let Some((question, old)) = self.kept.pop_lru() else {
                break;
            };
            self.size -= size(&question, &old);
        }
        self.size += added;
        self.kept.put(question, kept);
    }
}

fn size(question: &Question, kept: &Kept) -> usize {
    let asked = match question {
        Question::Found { words, .. } | Question::Report { words, .. } => words.len(),
        Question::Since { moments, .. } => size_of_val(moments.as_slice()),
        Question::Session(_) => 0,
    };
    let answer = match &kept.answer {
        Answer::Found(_) => 0,
        Answer::Session(session) => {
            let user = &session.user;
            let zone = user.time_zone.as_ref().map_or(0, String::len);
            size_of::<Session>() + user.email.len() + user.name.len() + zone
        }
        Answer::Report(page) => page.len(),
        Answer::Since(tallies) => size_of_val(tallies.as_slice()),
    };
    // The map has the question twice: as its key and in its order.
    OVERHEAD + size_of::<Question>() + size_of::<Kept>() + asked + answer
}

impl Cache {
    fn with_capacity(capacity: usize) -> Self {
        Self(Mutex::new(Inner {
            kept: LruCache::unbounded(),
            size: 0,
            capacity,
            hits: 0,
            misses: 0,
        }))
    }

    /// How many of `scope`'s rows match: the kept answer, or the one that `find` finds.
    ///
    /// # Errors
    /// Those of `find`, and of asking for the version.
    pub async fn found<F>(
        &self,
        store: &Store,
        what: &'static str,
        scope: Scope,
        words: &str,
        find: F,
    ) -> Result<Found, StoreError>
    where
        F: FnOnce(&Connection) -> Result<Found, StoreError> + Send + 'static,
    {
        let question = Question::Found {
            what,
            owner: scope.owner(),
            words: words.to_owned(),
        };
        let find = move |c: &Connection| find(c).map(Answer::Found);
        match self.ask(store, question, find).await? {
            Answer::Found(found) => Ok(found),
            _ => Err(StoreError::Interrupted),
        }
    }

    /// A report as it stands in a page: the kept one, or the one that is made. `words` say all that
    /// it depends on beside the rows: the reader's language, the addresses that it leads to.
    ///
    /// # Errors
    /// Those of making it, and of asking for the version.
    pub async fn report<E: From<StoreError>>(
        &self,
        store: &Store,
        of: StatsScope,
        words: String,
        make: impl Future<Output = Result<String, E>>,
    ) -> Result<Arc<str>, E> {
        let version = store.version()?;
        let question = Question::Report { of, words };
        if let Some(Answer::Report(page)) = self.0.lock().get(&question, version) {
            return Ok(page);
        }
        let page: Arc<str> = make.await?.into();
        let answer = Answer::Report(Arc::clone(&page));
        self.0.lock().put(question, Kept { version, answer });
        Ok(page)
    }

    /// Attempts since each of these moments, in their order; those of all time last.
    ///
    /// # Errors
    /// The database's.
    pub async fn since(
        &self,
        store: &Store,
        scope: Scope,
        moments: &[Millis],
    ) -> Result<Vec<Tally>, StoreError> {
        let (owner, moments) = (scope.owner(), moments.to_vec());
        let question = Question::Since {
            owner,
            moments: moments.clone(),
        };
        let find = move |c: &Connection| statistics::since(c, scope, &moments).map(Answer::Since);
        match self.ask(store, question, find).await? {
            Answer::Since(tallies) => Ok(tallies),
            _ => Err(StoreError::Interrupted),
        }
    }

    /// The kept answer, or the one that `find` finds.
    async fn ask<F>(&self, store: &Store, question: Question, find: F) -> Result<Answer, StoreError>
    where
        F: FnOnce(&Connection) -> Result<Answer, StoreError> + Send + 'static,
    {
        // The version is asked before the rows are: an answer is never taken for newer than it is.
        let version = store.version()?;
        if let Some(answer) = self.0.lock().get(&question, version) {
            return Ok(answer);
        }
        let answer = store.read(find).await?;
        let kept = Kept {
            version,
            answer: answer.clone(),
        };
        self.0.lock().put(question, kept);
        Ok(answer)
    }

    /// A session as it was at this version of the database, if it was asked for since.
    pub fn session(&self, token_hash: &[u8; 32], version: i64) -> Option<Session> {
        match self.0.lock().get(&Question::Session(*token_hash), version) {
            Some(Answer::Session(session)) => Some(*session),
            _ => None,
        }
    }

    /// Keeps a session that was read after this version was asked for.
    pub fn keep_session(&self, token_hash: &[u8; 32], version: i64, session: &Session) {
        let kept = Kept {
            version,
            answer: Answer::Session(Box::new(session.clone())),
        };
        self.0.lock().put(Question::Session(*token_hash), kept);
    }

    pub fn figures(&self) -> Figures {
        let inner = self.0.lock();
        Figures {
            hits: inner.hits,
            misses: inner.misses,
            answers: inner.kept.len(),
            size: inner.size,
            capacity: inner.capacity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(number: usize) -> Question {
        Question::Found {
            what: "recipients",
            owner: Some(1),
            words: format!("{number:0100}"),
        }
    }

    fn kept(version: i64) -> Kept {
        Kept {
            version,
            answer: Answer::Found(Found::Exactly(version)),
        }
    }

    #[test]
    fn it_never_takes_more_than_it_may_and_forgets_the_oldest_first() {
        let cache = Cache::with_capacity(10_000);
        for number in 0..1_000 {
            cache.0.lock().put(question(number), kept(1));
            assert!(
                cache.0.lock().get(&question(0), 1).is_some(),
                "asked for all the time"
            );
            assert!(cache.figures().size <= 10_000);
        }
        let figures = cache.figures();
        assert!(figures.answers > 10 && figures.answers < 100, "{figures:?}");
        assert!(cache.0.lock().get(&question(999), 1).is_some());
        assert!(cache.0.lock().get(&question(500), 1).is_none());
        let mut inner = cache.0.lock();
        let counted: usize = inner.kept.iter().map(|(q, k)| size(q, k)).sum();
        assert_eq!(counted, inner.size);
        while inner.kept.pop_lru().is_some() {}
    }

    #[test]
    fn an_answer_of_another_version_is_none() {
        let cache = Cache::default();
        cache.0.lock().put(question(1), kept(1));
        assert!(cache.0.lock().get(&question(1), 2).is_none());
        cache.0.lock().put(question(1), kept(2));
        assert!(cache.0.lock().get(&question(1), 2).is_some());
        let figures = cache.figures();
        assert_eq!((figures.hits, figures.misses, figures.answers), (1, 1, 1));
    }
}
