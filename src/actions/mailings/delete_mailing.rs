use super::fill;
use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::accounts::permission::may_view;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::db::versions::Versioned;
use crate::store::mailings;
use crate::store::mailings::member_filling;
use crate::store::mailings::runs;

/// Deletes a mailing. The attempts that it made stay in the journal.
///
/// # Errors
/// Not theirs, or a run of it is not over.
pub async fn delete_mailing(
    app: &App,
    actor: &Actor,
    mailing: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), mailing.into());
    let id = target.id;
    app.store
        .write(move |c| {
            let found = mailings::get(c, may_view(&actor), id)?;
            let mailing = changeable(found, &actor, |mailing| mailing.owner_id)?;
            if runs::latest(c, id)?.is_some_and(|run| run.state.is_unfinished()) {
                return Err(ActionError::Refused(Phrase::new(
                    "refused-delete-unfinished",
                )));
            }
            let text = Phrase::new("changed-delete-mailing");
            let question = Question::new(text, "changed-delete", "mailing", id);
            target.still(c, Versioned::Sending, &question)?;
            let entry = Entry::about("delete_mailing", "mailing", id, mailing.title());
            audit::record(c, &actor, entry, now)?;
            Ok::<_, ActionError>(member_filling::delete_mailing(c, &mailing, now)?)
        })
        .await?;
    Ok(fill::fill(app, id).await?)
}
