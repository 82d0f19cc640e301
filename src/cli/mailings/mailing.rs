//! `mailapp create-mailing`, `update-mailing 42`, `delete-mailing 42`, `mailings 42`.

use std::collections::BTreeSet;

use crate::actions::{self, ActionError};
use crate::app::App;
use crate::cli::args::{Choice, CreateMailing, OneMailing, UpdateMailing};
use crate::cli::exit::Exit;
use crate::cli::lists::Shown;
use crate::cli::say::Say;
use crate::cli::whose;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::audience::address::EmailAddress;
use crate::domain::mailings::mailing::{MailingDraft, MailingInput};
use crate::domain::mailings::selection::Selection;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::{Id, Millis, text};
use crate::i18n::Edge;
use crate::store::StoreError;
use crate::store::audience::recipients;
use crate::store::mailings::{self, Mailing};

pub(in crate::cli) async fn find(app: &App, id: Id) -> Result<Mailing, Exit> {
    app.store
        .read(move |c| mailings::get(c, Scope::All, id))
        .await?
        .ok_or_else(|| missing(id))
}

fn missing(id: Id) -> Exit {
    Exit::Refused(Phrase::new("cli-no-mailing").with("id", id.to_string()))
}

pub(in crate::cli) async fn show(
    app: &App,
    id: Id,
    as_json: bool,
    say: &Say,
) -> Result<Exit, Exit> {
    let shown = Shown::new(find(app, id).await?, app.clock.now());
    if as_json {
        say.json(&shown)?;
        return Ok(Exit::Done);
    }
    let (reader, status) = (say.reader(), shown.status_text(say));
    let mailing = shown.mailing;
    let start = if mailing.automatic {
        "starts-itself"
    } else {
        "starts-by-hand"
    };
    let message = mailing.message_id.map(|id| reader.numbered(id) + " ");
    say.facts(
        mailing.id,
        [
            ("mailing", mailing.title().to_owned()),
            ("status", status),
            ("owner", mailing.owner_email.clone()),
            (
                "message",
                message.unwrap_or_default() + &mailing.subject.unwrap_or_default(),
            ),
            (
                "mailing-starts",
                format!("{}, {}", reader.moment(mailing.starts_at), say.text(start)),
            ),
            ("mailing-ends", reader.moment(mailing.ends_at)),
            ("nav-recipients", reader.number(mailing.recipients)),
        ],
    );
    Ok(Exit::Done)
}

/// The numbers of an owner's recipients who are named by their address or number.
async fn named(app: &App, owner: Id, words: &[String]) -> Result<BTreeSet<Id>, Exit> {
    let words = words.to_vec();
    let found = app
        .store
        .read(move |c| {
            let found = words.into_iter().map(|word| {
                let known = match (word.parse::<Id>(), EmailAddress::parse(&word)) {
                    (Ok(id), _) => recipients::get(c, Scope::Own(owner), id)?,
                    (_, Ok(address)) => recipients::by_email_key(c, owner, &address.key())?,
                    _ => None,
                };
                Ok::<_, StoreError>((word, known.map(|recipient| recipient.id)))
            });
            found.collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let strangers: Vec<&str> = found
        .iter()
        .filter(|(_, id)| id.is_none())
        .map(|(word, _)| word.as_str())
        .collect();
    if strangers.is_empty() {
        return Ok(found.into_iter().filter_map(|(_, id)| id).collect());
    }
    Err(Exit::Refused(
        Phrase::new("cli-no-such-recipients")
            .with("count", strangers.len())
            .with("who", strangers.join(", ")),
    ))
}

/// Those of `from`, and whom the command adds, without whom it leaves out.
async fn select(
    app: &App,
    owner: Id,
    choice: &Choice,
    mut from: Selection,
) -> Result<Selection, Exit> {
    if choice.all {
        from.add_matching("", &[]);
    }
    for words in &choice.matching {
        let search = text::search(words);
        if let Some(length) = text::overlong_search(&search) {
            return Err(Exit::misused(text::search_too_long(length)));
        }
        // Nothing, of a variable that is not set perhaps, would mean everybody; less would mean more.
        if search.is_empty() || search != words.trim() {
            return Err(Exit::misused(Phrase::new("cli-matching-nobody")));
        }
        from.add_matching(&search, &[]);
    }
    from.with = named(app, owner, &choice.recipient).await?;
    from.without = named(app, owner, &choice.without).await?;
    if from.is_bounded() {
        Ok(from)
    } else {
        let much = Phrase::new("error-selection-too-large");
        Err(ActionError::Invalid(FieldErrors::one("recipients", much)).into())
    }
}

/// In words for whoever is not the owner.
fn no_message(error: ActionError, mailing: Option<Id>, message: Id) -> Exit {
    match (error, mailing) {
        (ActionError::Invalid(errors), _)
            if errors.iter().any(|(field, _)| field == "message_id") =>
        {
            Exit::Refused(Phrase::new("cli-no-message-of").with("id", message.to_string()))
        }
        (ActionError::NotFound, Some(mailing)) => missing(mailing),
        (error, _) => error.into(),
    }
}

/// Says, before it happens, that the mailing starts as soon as it is saved. One to nobody does not.
fn say_start(
    app: &App,
    draft: &MailingDraft,
    selection: &Selection,
    stored: Option<&Mailing>,
    say: &Say,
) {
    let had = stored.map_or(0, |mailing| mailing.recipients);
    let is_to_nobody = selection.matching.is_empty()
        && selection.with.is_empty()
        && (had == 0 || !selection.current);
    let first_sent_at = stored.and_then(|mailing| mailing.first_sent_at);
    if let Some(passed) = draft.start_has_passed(first_sent_at, app.clock.now())
        && !is_to_nobody
    {
        say.hint(&passed);
    }
}

/// Says which moment was taken where the clock shows a time that was typed twice.
fn say_which(times: [Option<Millis>; 2], say: &Say) {
    let reader = say.reader();
    let twice: Vec<String> = times
        .into_iter()
        .flatten()
        .filter_map(|at| reader.first_of_two(at))
        .collect();
    if !twice.is_empty() {
        say.hint(&Phrase::new("notice-shown-twice").with("times", twice.join(", ")));
    }
}

/// Says that nobody will get it.
fn say_nobody(mailing: &Mailing, say: &Say) {
    if mailing.recipients == 0 {
        let nobody = Phrase::new("cli-mailing-without-recipients");
        say.hint(&nobody.with("id", mailing.id.to_string()));
    }
}

/// Says what became of it, with the times as they were understood.
async fn tell(app: &App, key: &'static str, id: Id, say: &Say) -> Result<Exit, Exit> {
    let (mailing, reader) = (find(app, id).await?, say.reader());
    let done = Phrase::new(key)
        .with("id", id.to_string())
        .with("count", mailing.recipients)
        .with("from", reader.moment(mailing.starts_at))
        .with("until", reader.moment(mailing.ends_at))
        .with("zone", reader.zone_text(mailing.starts_at));
    say.out(&say.phrase(&done));
    say_nobody(&mailing, say);
    Ok(Exit::Done)
}

pub(in crate::cli) async fn create(
    app: &App,
    args: &CreateMailing,
    say: &Say,
) -> Result<Exit, Exit> {
    let owner = whose::owner(app, &args.owner).await?;
    let reader = say.reader();
    let input = MailingInput {
        title: &args.title,
        message_id: &args.message.to_string(),
        starts_at: reader.parse_input(&args.starts, Edge::Start),
        ends_at: reader.parse_input(&args.ends, Edge::End),
        automatic: !args.by_hand,
    };
    let draft = MailingDraft::parse(input, app.clock.now()).map_err(ActionError::Invalid)?;
    let selection = select(app, owner, &args.choice, Selection::default()).await?;
    let times = [Some(draft.starts_at), Some(draft.ends_at)];
    say_start(app, &draft, &selection, None, say);
    let id = actions::create_mailing(app, &Actor::CommandLine, owner, draft, selection)
        .await
        .map_err(|error| no_message(error, None, args.message))?;
    say_which(times, say);
    if args.json {
        say_nobody(&find(app, id).await?, say);
        return show(app, id, true, say).await;
    }
    tell(app, "cli-mailing-added", id, say).await
}

/// What is not said stays as it is.
pub(in crate::cli) async fn update(
    app: &App,
    args: &UpdateMailing,
    say: &Say,
) -> Result<Exit, Exit> {
    let id = args.mailing;
    let (stored, reader) = (find(app, id).await?, say.reader());
    let typed =
        |text: &Option<String>, edge| text.as_deref().map(|text| reader.parse_input(text, edge));
    let (starts, ends) = (
        typed(&args.starts, Edge::Start),
        typed(&args.ends, Edge::End),
    );
    let times = [&starts, &ends].map(|at| at.as_ref().and_then(|at| at.as_ref().ok().copied()));
    let message = args.message.or(stored.message_id);
    let input = MailingInput {
        title: args.title.as_deref().unwrap_or(&stored.own_title),
        message_id: &message.map(|id| id.to_string()).unwrap_or_default(),
        starts_at: starts.unwrap_or(Ok(stored.starts_at)),
        ends_at: ends.unwrap_or(Ok(stored.ends_at)),
        automatic: args.automatic || (stored.automatic && !args.by_hand),
    };
    let draft = MailingDraft::parse(input, app.clock.now()).map_err(ActionError::Invalid)?;
    let from = if args.none {
        Selection::default()
    } else {
        Selection::current()
    };
    let selection = select(app, stored.owner_id, &args.choice, from).await?;
    let message = draft.message_id;
    say_start(app, &draft, &selection, Some(&stored), say);
    actions::update_mailing(app, &Actor::CommandLine, id, draft, selection)
        .await
        .map_err(|error| no_message(error, Some(id), message))?;
    say_which(times, say);
    if args.json {
        say_nobody(&find(app, id).await?, say);
        return show(app, id, true, say).await;
    }
    tell(app, "cli-mailing-changed", id, say).await
}

pub(in crate::cli) async fn delete(app: &App, args: &OneMailing, say: &Say) -> Result<Exit, Exit> {
    let id = args.mailing;
    actions::delete_mailing(app, &Actor::CommandLine, id)
        .await
        .map_err(|error| match error {
            ActionError::NotFound => missing(id),
            error => error.into(),
        })?;
    say.done("cli-mailing-deleted", id);
    Ok(Exit::Done)
}
