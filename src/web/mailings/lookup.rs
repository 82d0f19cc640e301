//! A mailing by its number, for whoever may see or change it.

use crate::actions::ActionError;
use crate::domain::accounts::permission::{Verdict, may_change, may_view};
use crate::store::mailings::{self, Mailing};
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;

/// A mailing, if one may see it.
pub(in crate::web) async fn find(me: &SignedIn, id: i64) -> Result<Mailing, Failure> {
    let scope = may_view(&me.actor());
    me.app()
        .store
        .read(move |c| mailings::get(c, scope, id))
        .await?
        .ok_or_else(Failure::not_found)
}

/// A mailing, if one may change it.
pub(in crate::web) async fn find_own(me: &SignedIn, id: i64) -> Result<Mailing, Failure> {
    let mailing = find(me, id).await?;
    match may_change(&me.actor(), mailing.owner_id) {
        Verdict::Allowed => Ok(mailing),
        _ => Err(ActionError::Forbidden.into()),
    }
}
