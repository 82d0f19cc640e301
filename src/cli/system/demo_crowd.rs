//! `mailapp demo --recipients … --attempts …`: the demo of a large installation.

use super::demo_data;
use super::demo_data::{draft, everybody, message, spoiled};
use crate::actions;
use crate::app::App;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::accounts::user::Actor;
use crate::domain::mailings::mailing::{MailingDraft, MailingInput};
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::accounts::users;

const DAY: Millis = 24 * 3_600_000;

/// How much there is to be.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cli) struct Crowd {
    pub(in crate::cli) recipients: usize,
    pub(in crate::cli) attempts: usize,
}

/// Adds a crowd to what the first of the demo's users has, and says how fast that went.
pub(in crate::cli) async fn fill(app: &App, crowd: Crowd, say: &Say) -> Result<(), Exit> {
    let (email, ..) = demo_data::SIGN_INS[0];
    let owner = app
        .store
        .read(|c| Ok::<_, StoreError>(users::by_email_key(c, email)?.map(|user| user.id)))
        .await?
        .ok_or(Exit::Failed)?;
    if crowd.recipients > 0 {
        let from = demo_data::OWN_RECIPIENTS;
        let drafts = (from..from + crowd.recipients).map_while(|index| draft(index).ok());
        let started = app.clock.steady();
        let count = actions::add_demo_recipients(app, owner, drafts).await?;
        report(
            say,
            "demo-filled-recipients",
            count,
            app.clock.steady() - started,
        );
    }
    if crowd.attempts > 0 {
        attempts(app, owner, crowd.attempts, say).await?;
    }
    Ok(())
}

async fn attempts(app: &App, owner: Id, wanted: usize, say: &Say) -> Result<(), Exit> {
    let now = app.clock.now();
    let message = message(app, owner, say, "news").await?;
    let input = MailingInput {
        title: &say.text("demo-mailing-crowd"),
        message_id: &message.to_string(),
        starts_at: Ok(now - 365 * DAY),
        ends_at: Ok(now + 30 * DAY),
        automatic: false,
    };
    let draft = MailingDraft::parse(input, now).map_err(spoiled)?;
    let started = app.clock.steady();
    let mailing = actions::create_mailing(app, &Actor::Schedule, owner, draft, everybody()).await?;
    let members = app
        .store
        .read(move |c| Ok::<_, StoreError>(users::totals(c, owner)?.recipients))
        .await?;
    report(
        say,
        "demo-filled-members",
        members,
        app.clock.steady() - started,
    );
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    let (mut made, started) = (0, app.clock.steady());
    while made < wanted {
        let before = made;
        let at = now - 364 * DAY + made / members.max(1) * DAY;
        made += actions::add_demo_run(app, mailing, wanted - made, at).await?;
        if made == before {
            break;
        }
    }
    report(
        say,
        "demo-filled-attempts",
        made,
        app.clock.steady() - started,
    );
    Ok(())
}

fn report(say: &Say, key: &'static str, count: i64, took: Millis) {
    let millis = took.max(1);
    let reader = say.reader();
    say.out(
        &say.phrase(
            &Phrase::new(key)
                .with("count", reader.number(count))
                .with("span", reader.span(millis))
                .with("rate", reader.number(count.saturating_mul(1_000) / millis)),
        ),
    );
}
