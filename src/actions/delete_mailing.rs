use super::{ActionError, changeable, fill};
use crate::app::App;
use crate::domain::Id;
use crate::domain::permission::may_view;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;
use crate::store::audit::{self, Entry};
use crate::store::{mailings, runs};

/// Deletes a mailing. The attempts that it made stay in the journal.
///
/// # Errors
/// Not theirs, or a run of it is not over.
pub async fn delete_mailing(app: &App, actor: &Actor, id: Id) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let found = mailings::get(c, may_view(&actor), id)?;
            let mailing = changeable(found, &actor, |mailing| mailing.owner_id)?;
            if runs::latest(c, id)?.is_some_and(|run| run.state.is_unfinished()) {
                return Err(ActionError::Refused(Phrase::new(
                    "refused-delete-unfinished",
                )));
            }
            mailings::delete(c, &mailing, now)?;
            let entry = Entry {
                verb: "delete_mailing",
                subject_kind: "mailing",
                subject_id: Some(id),
                subject: mailing.title(),
                detail: "",
            };
            Ok(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    Ok(fill::fill(app, id).await?)
}
