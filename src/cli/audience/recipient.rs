//! `mailapp create-recipient`, `update-recipient 17`, `delete-recipient 17`, `recipients 17`.

use rusqlite::Connection;

use crate::actions::{self, ActionError};
use crate::app::App;
use crate::cli::args::{CreateRecipient, OneRecipient, Output, UpdateRecipient};
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::cli::{lists, whose};
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::page::{Cursor, Page};
use crate::domain::phrase::Phrase;
use crate::export::{from, lists::RECEIVED, rows};
use crate::store::audience::recipients;
use crate::store::audience::recipients::Recipient;
use crate::store::delivery::received;
use crate::store::delivery::received::Received;
use crate::store::{StoreError, mailings};

async fn find(app: &App, id: Id) -> Result<Recipient, Exit> {
    app.store
        .read(move |c| recipients::get(c, Scope::All, id))
        .await?
        .ok_or_else(|| missing(id))
}

fn missing(id: Id) -> Exit {
    Exit::Refused(Phrase::new("cli-no-recipient").with("id", id.to_string()))
}

/// In words for whoever is not the owner.
fn failed(error: ActionError, id: Option<Id>, email: &str) -> Exit {
    let is_taken = |(_, phrase): (&_, &Phrase)| phrase.key == "error-recipient-exists";
    match (error, id) {
        (ActionError::NotFound, Some(id)) => missing(id),
        (ActionError::Invalid(errors), _) if errors.iter().any(is_taken) => {
            Exit::Refused(Phrase::new("cli-recipient-exists").with("email", email))
        }
        (error, _) => error.into(),
    }
}

/// As a file it is what they were sent.
pub(in crate::cli) async fn show(
    app: &App,
    id: Id,
    output: &Output,
    say: &Say,
) -> Result<Exit, Exit> {
    let recipient = find(app, id).await?;
    if output.json {
        say.json(&recipient)?;
        return Ok(Exit::Done);
    }
    if let Some(manner) = output.file() {
        let next = move |c: &Connection, key| Ok(rows(received::by(c, id, &from(key))?));
        return lists::write(app, (&RECEIVED, manner), usize::MAX, say, next).await;
    }
    let reader = say.reader();
    say.facts(
        recipient.id,
        [
            ("email", recipient.email.clone()),
            ("full-name", recipient.name.clone()),
            (
                "state",
                say.text(&format!("recipient-{}", recipient.state())),
            ),
            ("owner", recipient.owner_email.clone()),
            ("added", reader.moment(recipient.created_at)),
            ("updated", reader.moment(recipient.updated_at)),
            ("comment", recipient.comment),
        ],
    );
    let newest = Cursor::First;
    let (sent, in_mailings) = app
        .store
        .read(move |c| {
            let sent = received::by(c, id, &newest)?;
            Ok::<_, StoreError>((sent, mailings::of_recipient(c, id)?))
        })
        .await?;
    history(id, &sent, say);
    lists::mailings(app, in_mailings, say);
    Ok(Exit::Done)
}

/// What was sent to a recipient, the newest of it.
fn history(id: Id, sent: &Page<Received>, say: &Say) {
    say.out("");
    say.out(&say.text("history"));
    if sent.rows.is_empty() {
        say.out(&say.text("history-none"));
        return;
    }
    let reader = say.reader();
    let cells = sent.rows.iter().map(|row| {
        [
            reader.moment(row.started_at),
            format!("{} {}", reader.numbered(row.mailing_id), row.title),
            reader.fate(&row.fate),
            reader.number(row.tries),
        ]
    });
    say.table(
        ["run-started", "mailing", "history-answer", "all-attempts"],
        cells,
    );
    if sent.after.is_some() {
        say.hint(&Phrase::new("cli-recipient-sent-more").with("id", id.to_string()));
    }
}

pub(in crate::cli) async fn create(
    app: &App,
    args: &CreateRecipient,
    say: &Say,
) -> Result<Exit, Exit> {
    let owner = whose::owner(app, &args.owner).await?;
    let draft = RecipientDraft::parse(&args.email, &args.name, &args.comment)
        .map_err(ActionError::Invalid)?;
    let id = actions::create_recipient(app, &Actor::CommandLine, owner, draft)
        .await
        .map_err(|error| failed(error, None, args.email.trim()))?;
    if args.json {
        say.json(&find(app, id).await?)?;
        return Ok(Exit::Done);
    }
    say.done("cli-recipient-added", id);
    Ok(Exit::Done)
}

/// What is not said stays as it is.
pub(in crate::cli) async fn update(
    app: &App,
    args: UpdateRecipient,
    say: &Say,
) -> Result<Exit, Exit> {
    let id = args.recipient;
    let stored = find(app, id).await?;
    let draft = RecipientDraft::parse(
        &args.email.unwrap_or(stored.email),
        &args.name.unwrap_or(stored.name),
        &args.comment.unwrap_or(stored.comment),
    )
    .map_err(ActionError::Invalid)?;
    let email = draft.email.as_typed().to_owned();
    actions::update_recipient(app, &Actor::CommandLine, id, draft)
        .await
        .map_err(|error| failed(error, Some(id), &email))?;
    if args.json {
        say.json(&find(app, id).await?)?;
        return Ok(Exit::Done);
    }
    say.done("cli-recipient-changed", id);
    Ok(Exit::Done)
}

pub(in crate::cli) async fn delete(
    app: &App,
    args: &OneRecipient,
    say: &Say,
) -> Result<Exit, Exit> {
    let id = args.recipient;
    actions::delete_recipient(app, &Actor::CommandLine, id)
        .await
        .map_err(|error| failed(error, Some(id), ""))?;
    say.done("cli-recipient-deleted", id);
    Ok(Exit::Done)
}
