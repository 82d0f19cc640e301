//! The event streams that are open: each holds a connection for as long as its page is looked at, so
//! that there is a bound in all, one for each user, and one for each session.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::front::Bounds;
use crate::domain::Id;

#[derive(Default)]
struct Open {
    all: usize,
    users: HashMap<Id, usize>,
    sessions: HashMap<Id, usize>,
}

/// All that are open.
pub(in crate::web) struct Streams {
    most: usize,
    most_of_user: usize,
    most_of_session: usize,
    open: Arc<Mutex<Open>>,
}

impl Streams {
    pub(in crate::web) fn new(bounds: &Bounds) -> Self {
        Self {
            most: bounds.streams,
            most_of_user: bounds.streams_per_user,
            most_of_session: bounds.streams_per_session,
            open: Arc::default(),
        }
    }

    /// A place for one more; `None` where there is none.
    pub(in crate::web) fn open(&self, user: Id, session: Id) -> Option<Streaming> {
        let mut open = self.open.lock();
        let count = |counts: &HashMap<Id, usize>, id| counts.get(&id).copied().unwrap_or_default();
        let is_free = open.all < self.most
            && count(&open.users, user) < self.most_of_user
            && count(&open.sessions, session) < self.most_of_session;
        if !is_free {
            return None;
        }
        open.all += 1;
        *open.users.entry(user).or_default() += 1;
        *open.sessions.entry(session).or_default() += 1;
        drop(open);
        Some(Streaming {
            user,
            session,
            open: Arc::clone(&self.open),
        })
    }
}

/// One of them, for as long as it is open.
pub(in crate::web) struct Streaming {
    user: Id,
    session: Id,
    open: Arc<Mutex<Open>>,
}

impl Drop for Streaming {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        open.all -= 1;
        give_back(&mut open.users, self.user);
        give_back(&mut open.sessions, self.session);
    }
}

fn give_back(counts: &mut HashMap<Id, usize>, id: Id) {
    if let Some(count) = counts.get_mut(&id) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_a_user_and_all_together_have_a_bound_and_give_places_back() {
        let streams = Streams {
            most: 4,
            most_of_user: 3,
            most_of_session: 2,
            open: Arc::default(),
        };
        let first = streams.open(1, 10).unwrap();
        let _second = streams.open(1, 10).unwrap();
        assert!(streams.open(1, 10).is_none(), "the session has two");
        let third = streams.open(1, 11).unwrap();
        assert!(streams.open(1, 12).is_none(), "the user has three");
        let _fourth = streams.open(2, 20).unwrap();
        assert!(streams.open(3, 30).is_none(), "there are four");
        drop(first);
        assert!(streams.open(1, 10).is_some());
        drop(third);
        assert!(streams.open(3, 30).is_some());
        let open = streams.open.lock();
        assert_eq!((open.all, open.users.len(), open.sessions.len()), (2, 2, 2));
    }
}
