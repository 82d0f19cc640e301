//! What the demo is filled with. Its past was really sent: by the engine, to the demo's mail
//! server, under a clock that is moved from ten days ago to now.

use std::time::Duration;

use rocket::futures::future::join_all;

use crate::actions;
use crate::actions::{UserDraft, Whom};
use crate::app::App;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::clock::{Clock as _, FixedClock};
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::{Actor, Role};
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::content::message::MessageDraft;
use crate::domain::mailings::mailing::{MailingDraft, MailingInput};
use crate::domain::mailings::run::RunState;
use crate::domain::mailings::selection::Selection;
use crate::domain::phrase::FieldErrors;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::mailings::runs;

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;

/// Recipients of the first user, before a crowd is added.
pub(in crate::cli) const OWN_RECIPIENTS: usize = 240;

/// When the demo's story begins.
pub(in crate::cli) const DAYS_AGO: Millis = 10 * DAY;

pub(in crate::cli) const MANAGER: &str = "manager@company.example";

/// Who can sign in: address, password, and who that is.
pub(in crate::cli) const SIGN_INS: [(&str, &str, &str); 3] = [
    ("anna@company.example", "zimnij-sad-pod-krysej", "demo-user"),
    ("boris@company.example", "vechernij-tramvaj-37", "demo-user"),
    (MANAGER, "vysokij-bereg-reki-12", "demo-manager"),
];

const FIRST_NAMES: [(&str, &str); 14] = [
    ("Анна", "anna"),
    ("Мария", "maria"),
    ("Ольга", "olga"),
    ("Елена", "elena"),
    ("Ирина", "irina"),
    ("Софья", "sofia"),
    ("Дарья", "daria"),
    ("Татьяна", "tatiana"),
    ("Вера", "vera"),
    ("Алла", "alla"),
    ("Нина", "nina"),
    ("Юлия", "julia"),
    ("Лидия", "lidia"),
    ("Зоя", "zoya"),
];
const LAST_NAMES: [(&str, &str); 20] = [
    ("Иванова", "ivanova"),
    ("Петрова", "petrova"),
    ("Соколова", "sokolova"),
    ("Кузнецова", "kuznetsova"),
    ("Попова", "popova"),
    ("Лебедева", "lebedeva"),
    ("Козлова", "kozlova"),
    ("Новикова", "novikova"),
    ("Морозова", "morozova"),
    ("Волкова", "volkova"),
    ("Зайцева", "zaitseva"),
    ("Павлова", "pavlova"),
    ("Семёнова", "semenova"),
    ("Голубева", "golubeva"),
    ("Виноградова", "vinogradova"),
    ("Белова", "belova"),
    ("Киселёва", "kiseleva"),
    ("Орлова", "orlova"),
    ("Андреева", "andreeva"),
    ("Макарова", "makarova"),
];
/// Most take their mail; `closed` refuses, `greylist` defers twice, `full` defers for ever.
const DOMAINS: [&str; 16] = [
    "example.ru",
    "example.com",
    "почта.рф",
    "mail.example",
    "example.ru",
    "example.org",
    "closed.example",
    "example.ru",
    "mail.example",
    "example.com",
    "example.ru",
    "greylist.example",
    "example.org",
    "mail.example",
    "example.ru",
    "full.example",
];
const COMMENTS: [&str; 6] = [
    "",
    "VIP",
    "",
    "перезвонить в декабре",
    "",
    "из анкеты на выставке",
];

/// Makes users, recipients, messages and mailings, and lives through ten days.
pub(in crate::cli) async fn fill(
    app: &App,
    clock: &FixedClock,
    now: Millis,
    say: &Say,
) -> Result<(), Exit> {
    let mut ids = Vec::new();
    for ((email, password, _), role) in
        SIGN_INS
            .into_iter()
            .zip([Role::User, Role::User, Role::Manager])
    {
        let draft = UserDraft {
            email: email.to_owned(),
            name: say.text("demo-sender"),
            password: password.to_owned(),
            role,
            language: None,
            time_zone: String::new(),
        };
        ids.push(actions::create_user(app, &Actor::CommandLine, draft).await?);
    }
    let [anna, boris, _] = ids[..] else {
        return Err(Exit::Failed);
    };
    recipients(app, anna, OWN_RECIPIENTS).await?;
    recipients(app, boris, 60).await?;
    let sale = message(app, anna, say, "sale").await?;
    let news = message(app, anna, say, "news").await?;
    let holidays = message(app, anna, say, "holidays").await?;
    let invitation = message(app, boris, say, "invitation").await?;

    let story = Story { app, clock, say };
    let start = now - DAYS_AGO;
    let everyone = "";
    // Ten days ago, and over.
    let past = story
        .mailing(
            anna,
            news,
            "demo-mailing-news",
            (start, start + 3 * DAY),
            everyone,
        )
        .await?;
    story.send(past).await?;
    clock.set(start + 3 * DAY + HOUR);
    story.settle(past).await?;
    // Yesterday, and still going.
    clock.set(now - DAY);
    let running = story
        .mailing(
            anna,
            sale,
            "demo-mailing-sale",
            (now - DAY, now + 5 * DAY),
            "example.ru",
        )
        .await?;
    story.send(running).await?;
    let invited = story
        .mailing(
            boris,
            invitation,
            "demo-mailing-invitation",
            (now - DAY, now + DAY),
            everyone,
        )
        .await?;
    story.send(invited).await?;
    // To come: one by itself, one by hand.
    clock.set(now);
    story
        .mailing(
            anna,
            holidays,
            "demo-mailing-holidays",
            (now + 7 * DAY, now + 14 * DAY),
            everyone,
        )
        .await?;
    story
        .mailing(
            anna,
            sale,
            "demo-mailing-try",
            (now + DAY, now + 3 * DAY),
            everyone,
        )
        .await?;
    Ok(())
}

pub(in crate::cli) fn spoiled(_: FieldErrors) -> Exit {
    Exit::Failed
}

/// The recipient of a number, from 0: always the same one.
pub(in crate::cli) fn draft(index: usize) -> Result<RecipientDraft, FieldErrors> {
    let (first, first_latin) = FIRST_NAMES[index % FIRST_NAMES.len()];
    let (last, last_latin) = LAST_NAMES[(index / 3 + index) % LAST_NAMES.len()];
    let domain = DOMAINS[index % DOMAINS.len()];
    let email = format!("{first_latin}.{last_latin}{}@{domain}", index + 1);
    let comment = COMMENTS[index % COMMENTS.len()];
    RecipientDraft::parse(&email, &format!("{last} {first}"), comment)
}

/// All of an owner's recipients.
pub(in crate::cli) fn everybody() -> Selection {
    let mut selection = Selection::default();
    selection.add_matching("", &[]);
    selection
}

async fn recipients(app: &App, owner: Id, count: usize) -> Result<(), Exit> {
    // Asked for all at once, they share their commits.
    let mut created = Vec::with_capacity(count);
    for index in 0..count {
        let draft = draft(index).map_err(spoiled)?;
        created.push(actions::create_recipient(
            app,
            &Actor::Schedule,
            owner,
            draft,
        ));
    }
    for created in join_all(created).await {
        created?;
    }
    Ok(())
}

pub(in crate::cli) async fn message(
    app: &App,
    owner: Id,
    say: &Say,
    name: &str,
) -> Result<Id, Exit> {
    let subject = say.text(&format!("demo-{name}-subject"));
    let body = say.text(&format!("demo-{name}-body"));
    let draft = MessageDraft::parse(&subject, &body).map_err(spoiled)?;
    Ok(actions::create_message(app, &Actor::Schedule, owner, draft).await?)
}

struct Story<'a> {
    app: &'a App,
    clock: &'a FixedClock,
    say: &'a Say,
}

impl Story<'_> {
    async fn mailing(
        &self,
        owner: Id,
        message: Id,
        title: &str,
        (starts_at, ends_at): (Millis, Millis),
        search: &str,
    ) -> Result<Id, Exit> {
        let input = MailingInput {
            title: &self.say.text(title),
            message_id: &message.to_string(),
            starts_at: Ok(starts_at),
            ends_at: Ok(ends_at),
            automatic: true,
        };
        let draft = MailingDraft::parse(input, self.clock.now()).map_err(spoiled)?;
        let mut selection = Selection::default();
        selection.add_matching(search, &[]);
        Ok(actions::create_mailing(self.app, &Actor::Schedule, owner, draft, selection).await?)
    }

    /// Sends a mailing and lets a few minutes pass, so that what was deferred is tried again.
    async fn send(&self, mailing: Id) -> Result<(), Exit> {
        let actor = Actor::CommandLine;
        actions::send_mailing(self.app, &actor, mailing, Whom::All).await?;
        self.settle(mailing).await
    }

    /// Lets the engine work until only what fails again and again is waiting. Nobody else uses the demo's
    /// database: while it cannot be written, on a full disk perhaps, that does not pass by itself.
    async fn settle(&self, mailing: Id) -> Result<(), Exit> {
        let engine = self.app.start_engine().map_err(|_| Exit::Failed)?;
        let until = self.clock.now() + 2 * 60_000;
        loop {
            let run = self
                .app
                .store
                .read(move |c| {
                    let latest = runs::latest(c, mailing)?;
                    Ok::<_, StoreError>(match latest {
                        Some(run) => runs::get(c, Scope::All, run.id)?,
                        None => None,
                    })
                })
                .await?
                .ok_or(Exit::Failed)?;
            let is_over = run.state == RunState::Finished;
            let is_idle = run.counters.queued + run.counters.trying == 0;
            if is_over || (is_idle && self.clock.now() >= until) {
                break;
            }
            if let Some(trouble) = self.app.store.trouble() {
                engine.stop().await;
                return Err(StoreError::Unusable(trouble).into());
            }
            self.clock.advance(if is_idle { 10_000 } else { 900 });
            self.app.wakeup.wake();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        engine.stop().await;
        Ok(())
    }
}
