//! Who may do what, in one place: the rules, and beside them (`access`) the table of all routes
//! with what each answers to whom.

mod access;

pub use access::{Access, Answer, ROUTES, Who, Whose, access};

use super::user::{Actor, Role};
use crate::domain::Id;

/// Nobody's number: rows are counted from 1.
const NOBODY: Id = 0;

/// Whose rows a query may see. Ownership is part of the query itself, so that what is not one's
/// own does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Own(Id),
    All,
}

impl Scope {
    /// The owner to compare with in SQL: `(:owner IS NULL OR owner_id = :owner)`.
    pub const fn owner(self) -> Option<Id> {
        match self {
            Self::Own(id) => Some(id),
            Self::All => None,
        }
    }
}

/// What an actor may look at: a user their own, a manager and the command line everything.
pub const fn may_view(actor: &Actor) -> Scope {
    match actor {
        Actor::Person {
            id,
            role: Role::User,
            ..
        } => Scope::Own(*id),
        Actor::Person {
            role: Role::Manager,
            ..
        }
        | Actor::CommandLine
        | Actor::Schedule => Scope::All,
        Actor::Visitor { .. } => Scope::Own(NOBODY),
    }
}

/// What to answer to somebody who wants to change something of `owner`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// They may see it, so they are told no (403).
    Forbidden,
    /// For them it does not exist (404).
    Unseen,
}

/// Whether an actor may change, delete or send what belongs to `owner`.
pub const fn may_change(actor: &Actor, owner: Id) -> Verdict {
    match actor {
        Actor::CommandLine | Actor::Schedule => Verdict::Allowed,
        Actor::Person { id, .. } if *id == owner => Verdict::Allowed,
        Actor::Person {
            role: Role::Manager,
            ..
        } => Verdict::Forbidden,
        Actor::Person {
            role: Role::User, ..
        }
        | Actor::Visitor { .. } => Verdict::Unseen,
    }
}

/// Whether an actor may stop what `target` does: block them, switch a mailing of theirs off, and
/// undo both. Managers stop users, never themselves or each other; whoever runs commands on the
/// machine may stop anybody.
pub fn may_stop(actor: &Actor, target: Id, target_role: Role) -> Verdict {
    match actor {
        Actor::CommandLine => Verdict::Allowed,
        Actor::Person {
            id,
            role: Role::Manager,
            ..
        } if *id != target && target_role == Role::User => Verdict::Allowed,
        Actor::Person {
            role: Role::Manager,
            ..
        } => Verdict::Forbidden,
        Actor::Person {
            role: Role::User, ..
        }
        | Actor::Visitor { .. }
        | Actor::Schedule => Verdict::Unseen,
    }
}

/// Whether an actor may look at everybody's accounts and at the audit log.
pub const fn may_oversee(actor: &Actor) -> bool {
    matches!(
        actor,
        Actor::CommandLine
            | Actor::Person {
                role: Role::Manager,
                ..
            }
    )
}

/// Whether an actor may read one captured mail. A mail that opens somebody's account is read by
/// its addressee, and by whoever runs commands on the machine.
pub fn may_read_captured(actor: &Actor, own_key: &str, to_key: &str, private: bool) -> Verdict {
    if !may_oversee(actor) {
        Verdict::Unseen
    } else if private && !matches!(actor, Actor::CommandLine) && own_key != to_key {
        Verdict::Forbidden
    } else {
        Verdict::Allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn person(id: Id, role: Role) -> Actor {
        Actor::Person {
            id,
            role,
            address: String::new(),
        }
    }

    #[test]
    fn a_user_has_their_own_and_nothing_else_exists_for_them() {
        let user = person(1, Role::User);
        assert_eq!(may_view(&user), Scope::Own(1));
        assert_eq!(may_change(&user, 1), Verdict::Allowed);
        assert_eq!(may_change(&user, 2), Verdict::Unseen);
        assert_eq!(may_stop(&user, 2, Role::User), Verdict::Unseen);
        assert!(!may_oversee(&user));
    }

    #[test]
    fn a_manager_sees_everything_and_changes_only_their_own() {
        let manager = person(1, Role::Manager);
        assert_eq!(may_view(&manager), Scope::All);
        assert_eq!(may_change(&manager, 1), Verdict::Allowed);
        assert_eq!(may_change(&manager, 2), Verdict::Forbidden);
        assert!(may_oversee(&manager));
    }

    #[test]
    fn a_manager_stops_users_but_neither_themselves_nor_another_manager() {
        let manager = person(1, Role::Manager);
        assert_eq!(may_stop(&manager, 2, Role::User), Verdict::Allowed);
        assert_eq!(may_stop(&manager, 2, Role::Manager), Verdict::Forbidden);
        assert_eq!(may_stop(&manager, 1, Role::Manager), Verdict::Forbidden);
        assert_eq!(
            may_stop(&Actor::CommandLine, 1, Role::Manager),
            Verdict::Allowed
        );
    }

    #[test]
    fn a_mail_that_opens_an_account_is_its_addressees() {
        let manager = person(1, Role::Manager);
        let read =
            |actor: &Actor, private| may_read_captured(actor, "boss@x.ru", "anna@x.ru", private);
        assert_eq!(read(&manager, false), Verdict::Allowed);
        assert_eq!(read(&manager, true), Verdict::Forbidden);
        assert_eq!(
            may_read_captured(&manager, "boss@x.ru", "boss@x.ru", true),
            Verdict::Allowed
        );
        assert_eq!(read(&Actor::CommandLine, true), Verdict::Allowed);
        assert_eq!(read(&person(2, Role::User), false), Verdict::Unseen);
    }

    #[test]
    fn whoever_has_not_signed_in_has_nothing() {
        let visitor = Actor::Visitor {
            address: String::new(),
        };
        assert_eq!(may_view(&visitor), Scope::Own(NOBODY));
        assert_eq!(may_change(&visitor, NOBODY), Verdict::Unseen);
        assert_eq!(may_stop(&visitor, 1, Role::User), Verdict::Unseen);
    }
}
