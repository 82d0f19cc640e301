//! How many mails a server takes on one connection, as far as it has shown.

use std::collections::VecDeque;

use crate::domain::Millis;

/// So many connections in a row must have ended after about the same number of mails.
const ENDS: usize = 3;
/// What was learnt is believed for so long, and then learnt anew.
const BELIEVED: Millis = 15 * 60_000;

/// A server's own limit of mails on a connection, which it says nowhere: it ends the connection.
#[derive(Debug, Default)]
pub struct ConnectionCap {
    /// After how many mails the last connections ended.
    ends: VecDeque<usize>,
    /// What was learnt, and when on the steady clock.
    learnt: Option<(usize, Millis)>,
}

impl ConnectionCap {
    /// The server has ended a connection that was in use, after so many mails. Returns the limit where
    /// that makes it known, or another one than before.
    pub fn ended(&mut self, mails: usize, steady: Millis) -> Option<usize> {
        if mails == 0 {
            return None;
        }
        self.ends.push_back(mails);
        if self.ends.len() > ENDS {
            self.ends.pop_front();
        }
        let (least, most) = (self.ends.iter().min()?, self.ends.iter().max()?);
        if self.ends.len() < ENDS || most - least > 1.max(most / 20) {
            return None;
        }
        let least = *least;
        let before = self.learnt.replace((least, steady));
        self.ends.clear();
        before
            .is_none_or(|(known, _)| known != least)
            .then_some(least)
    }

    /// The limit, while it is believed.
    pub fn mails(&self, steady: Millis) -> Option<usize> {
        self.learnt
            .filter(|(_, since)| steady - since < BELIEVED)
            .map(|(mails, _)| mails)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_known_when_three_connections_have_ended_alike() {
        let mut cap = ConnectionCap::default();
        assert_eq!((cap.ended(20, 0), cap.ended(20, 0)), (None, None));
        assert_eq!(cap.mails(0), None);
        assert_eq!(cap.ended(20, 0), Some(20));
        assert_eq!(cap.mails(0), Some(20));
        assert_eq!(cap.mails(BELIEVED), None, "it is learnt anew");
        for mails in [20, 20, 20] {
            assert_eq!(cap.ended(mails, BELIEVED), None, "nothing new");
        }
        assert_eq!(cap.mails(BELIEVED), Some(20));
    }

    #[test]
    fn connections_that_end_now_and_then_have_no_limit() {
        let mut cap = ConnectionCap::default();
        for mails in [7, 120, 3, 60, 0, 0, 0, 19, 40] {
            assert_eq!(cap.ended(mails, 0), None);
        }
        assert_eq!(cap.mails(0), None);
        for mails in [100, 98] {
            assert_eq!(cap.ended(mails, 0), None);
        }
        assert_eq!(cap.ended(99, 0), Some(98), "about the same number");
    }
}
