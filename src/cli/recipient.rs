//! `mailapp create-recipient`, `update-recipient 17`, `delete-recipient 17`, `recipients 17`.

use super::args::{CreateRecipient, OneRecipient, UpdateRecipient};
use super::say::Say;
use super::{Exit, whose};
use crate::actions::{self, ActionError};
use crate::app::App;
use crate::domain::Id;
use crate::domain::permission::Scope;
use crate::domain::phrase::Phrase;
use crate::domain::recipient::RecipientDraft;
use crate::domain::user::Actor;
use crate::store::recipients::{self, Recipient};

async fn find(app: &App, id: Id) -> Result<Recipient, Exit> {
    app.store
        .read(move |c| recipients::get(c, Scope::All, id))
        .await?
        .ok_or_else(|| missing(id))
}

fn missing(id: Id) -> Exit {
    Exit::Refused(Phrase::new("cli-no-recipient").with("id", id.to_string()))
}

fn failed(error: ActionError, id: Id) -> Exit {
    match error {
        ActionError::NotFound => missing(id),
        error => error.into(),
    }
}

/// What a list says of a recipient beside the address.
pub(super) const fn state(recipient: &Recipient) -> &'static str {
    if recipient.unsubscribed {
        "recipient-unsubscribed"
    } else {
        "recipient-active"
    }
}

pub(super) async fn show(app: &App, id: Id, as_json: bool, say: &Say) -> Result<Exit, Exit> {
    let recipient = find(app, id).await?;
    if as_json {
        say.json(&recipient);
        return Ok(Exit::Done);
    }
    let reader = say.reader();
    say.facts([
        ("№", recipient.id.to_string()),
        ("email", recipient.email.clone()),
        ("full-name", recipient.name.clone()),
        ("state", say.text(state(&recipient))),
        ("owner", recipient.owner_email.clone()),
        ("added", reader.moment(recipient.created_at)),
        ("updated", reader.moment(recipient.updated_at)),
        ("comment", recipient.comment),
    ]);
    Ok(Exit::Done)
}

pub(super) async fn create(app: &App, args: &CreateRecipient, say: &Say) -> Result<Exit, Exit> {
    let owner = whose::owner(app, &args.owner).await?;
    let draft = RecipientDraft::parse(&args.email, &args.name, &args.comment)
        .map_err(ActionError::Invalid)?;
    let id = actions::create_recipient(app, owner, draft).await?;
    if args.json {
        return show(app, id, true, say).await;
    }
    say.done("cli-recipient-added", id);
    Ok(Exit::Done)
}

/// What is not said stays as it is.
pub(super) async fn update(app: &App, args: UpdateRecipient, say: &Say) -> Result<Exit, Exit> {
    let id = args.recipient;
    let stored = find(app, id).await?;
    let draft = RecipientDraft::parse(
        &args.email.unwrap_or(stored.email),
        &args.name.unwrap_or(stored.name),
        &args.comment.unwrap_or(stored.comment),
    )
    .map_err(ActionError::Invalid)?;
    actions::update_recipient(app, &Actor::CommandLine, id, draft)
        .await
        .map_err(|error| failed(error, id))?;
    if args.json {
        return show(app, id, true, say).await;
    }
    say.done("cli-recipient-changed", id);
    Ok(Exit::Done)
}

pub(super) async fn delete(app: &App, args: &OneRecipient, say: &Say) -> Result<Exit, Exit> {
    let id = args.recipient;
    actions::delete_recipient(app, &Actor::CommandLine, id)
        .await
        .map_err(|error| failed(error, id))?;
    say.done("cli-recipient-deleted", id);
    Ok(Exit::Done)
}
