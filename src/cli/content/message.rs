//! `mailapp create-message`, `update-message 5`, `delete-message 5`, `messages 5`.

use crate::actions::{self, ActionError};
use crate::app::App;
use crate::cli::args::{CreateMessage, OneMessage, UpdateMessage};
use crate::cli::exit::Exit;
use crate::cli::lists;
use crate::cli::say::Say;
use crate::cli::{input, whose};
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::content::message::{MAX_BODY, MessageDraft, why_unsendable};
use crate::domain::phrase::Phrase;
use crate::store::content::messages;
use crate::store::content::messages::Message;
use crate::store::mailings;

/// Most octets of a body that are read: more than any that is taken, in whichever script.
const MOST: u64 = 4 * MAX_BODY as u64 + 4;

async fn find(app: &App, id: Id) -> Result<Message, Exit> {
    app.store
        .read(move |c| messages::get(c, Scope::All, id))
        .await?
        .ok_or_else(|| missing(id))
}

fn missing(id: Id) -> Exit {
    Exit::Refused(Phrase::new("cli-no-message").with("id", id.to_string()))
}

fn failed(error: ActionError, id: Id) -> Exit {
    match error {
        ActionError::NotFound => missing(id),
        error => error.into(),
    }
}

pub(in crate::cli) async fn show(
    app: &App,
    id: Id,
    as_json: bool,
    say: &Say,
) -> Result<Exit, Exit> {
    let message = find(app, id).await?;
    if as_json {
        say.json(&message)?;
        return Ok(Exit::Done);
    }
    let reader = say.reader();
    say.facts(
        message.id,
        [
            ("subject", message.subject),
            ("owner", message.owner_email),
            ("updated", reader.moment(message.updated_at)),
        ],
    );
    say.out("");
    say.out(&message.body);
    let used_by = app.store.read(move |c| mailings::of_message(c, id)).await?;
    lists::mailings(app, used_by, say);
    Ok(Exit::Done)
}

/// Says beforehand that no mailing with it can be sent.
async fn warn(app: &App, draft: &MessageDraft, say: &Say) {
    if let Some(fault) = why_unsendable(&draft.subject, &draft.body, app.has_base_url().await) {
        say.hint(&fault);
    }
}

pub(in crate::cli) async fn create(
    app: &App,
    args: CreateMessage,
    say: &Say,
) -> Result<Exit, Exit> {
    let owner = whose::owner(app, &args.owner).await?;
    let body = match args.body {
        Some(body) => body,
        None => input::read(args.body_file.as_deref(), MOST, "cli-ask-body", say)?,
    };
    let draft = MessageDraft::parse(&args.subject, &body).map_err(ActionError::Invalid)?;
    warn(app, &draft, say).await;
    let id = actions::create_message(app, &Actor::CommandLine, owner, draft).await?;
    if args.json {
        return show(app, id, true, say).await;
    }
    say.done("cli-message-added", id);
    Ok(Exit::Done)
}

/// What is not said stays as it is.
pub(in crate::cli) async fn update(
    app: &App,
    args: UpdateMessage,
    say: &Say,
) -> Result<Exit, Exit> {
    let id = args.message;
    let stored = find(app, id).await?;
    let body = match (args.body, &args.body_file) {
        (Some(body), _) => body,
        (None, Some(file)) => input::read(Some(file), MOST, "cli-ask-body", say)?,
        (None, None) => stored.body,
    };
    let draft = MessageDraft::parse(&args.subject.unwrap_or(stored.subject), &body)
        .map_err(ActionError::Invalid)?;
    warn(app, &draft, say).await;
    actions::update_message(app, &Actor::CommandLine, id, draft)
        .await
        .map_err(|error| failed(error, id))?;
    if args.json {
        return show(app, id, true, say).await;
    }
    say.done("cli-message-changed", id);
    Ok(Exit::Done)
}

pub(in crate::cli) async fn delete(app: &App, args: &OneMessage, say: &Say) -> Result<Exit, Exit> {
    let id = args.message;
    actions::delete_message(app, &Actor::CommandLine, id)
        .await
        .map_err(|error| failed(error, id))?;
    say.done("cli-message-deleted", id);
    Ok(Exit::Done)
}
