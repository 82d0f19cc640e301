//! Whose things a list shows: one's own, or, for managers, somebody's or everybody's.

use serde::Serialize;

use super::paging::ListUrl;
use crate::domain::accounts::permission::{Scope, may_oversee};
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::store::accounts::users::Totals;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;

/// The value of `of` in the address that means everybody.
const ALL: &str = "all";

/// Whose things a list shows.
pub(in crate::web) struct Whose {
    pub(in crate::web) scope: Scope,
    /// `of` in the list's address; empty: one's own.
    pub(in crate::web) of: String,
    /// One person's, who is somebody else.
    pub(in crate::web) owner: Option<String>,
    pub(in crate::web) totals: Totals,
}

/// A choice that stands above a list.
#[derive(Serialize)]
pub(in crate::web) struct Chip {
    pub(in crate::web) label: String,
    pub(in crate::web) href: String,
    pub(in crate::web) current: bool,
}

impl Whose {
    /// Reads `of`. For a user there is nobody else, whatever it says.
    pub(in crate::web) async fn find(me: &SignedIn, of: Option<&str>) -> Result<Self, Failure> {
        let own = me.user.id;
        let of = of
            .filter(|_| may_oversee(&me.actor()))
            .filter(|of| *of != own.to_string())
            .unwrap_or_default();
        let scope = match of {
            "" => Scope::Own(own),
            ALL => Scope::All,
            id => Scope::Own(id.parse().map_err(|_| Failure::not_found())?),
        };
        let (owner, totals) = me
            .app()
            .store
            .read(move |c| {
                let Some(id) = scope.owner() else {
                    return Ok((None, users::totals_of_all(c)?));
                };
                Ok::<_, StoreError>((users::by_id(c, id)?, users::totals(c, id)?))
            })
            .await?;
        if owner.is_none() && scope != Scope::All {
            return Err(Failure::not_found());
        }
        Ok(Self {
            of: of.to_owned(),
            owner: owner.filter(|user| user.id != own).map(|user| user.email),
            scope,
            totals,
        })
    }

    pub(in crate::web) fn is_mine(&self) -> bool {
        self.of.is_empty()
    }

    /// One's own, everybody's, and whose is shown: for managers; users have no choice.
    pub(in crate::web) fn chips(&self, me: &SignedIn, path: &str) -> Vec<Chip> {
        if !may_oversee(&me.actor()) {
            return Vec::new();
        }
        let reader = me.reader();
        let chip = |label: String, of: &str| Chip {
            label,
            href: ListUrl::new(path).with("of", of).address(),
            current: of == self.of,
        };
        let mut chips = vec![
            chip(reader.text("whose-mine"), ""),
            chip(reader.text("whose-all"), ALL),
        ];
        if let Some(owner) = &self.owner {
            chips.push(chip(owner.clone(), &self.of));
        }
        chips
    }
}
