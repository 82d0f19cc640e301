//! Mailings.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::attempts_view::AttemptsView;
use super::doubts_view::DoubtsView;
use super::lookup::{find, find_own};
use super::members;
use super::run_view::RunView;
use super::stop::may_switch;
use crate::actions::{self, Target};
use crate::domain::Id;
use crate::domain::accounts::permission::{Scope, Verdict, may_change};
use crate::domain::mailings::mailing::{MailingStatus, may_send};
use crate::domain::mailings::run::RunState;
use crate::domain::page::Cursor;
use crate::domain::phrase::Phrase;
use crate::domain::text;
use crate::store::StoreError;
use crate::store::db::versions::Versioned;
use crate::store::delivery::{attempts, doubts, progress};
use crate::store::mailings::mailing_list;
use crate::store::mailings::mailing_list::MailingFilter;
use crate::store::mailings::member_filling;
use crate::store::mailings::runs;
use crate::store::mailings::send_facts;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::figures::Files;
use crate::web::ui::layout::{Confirm, Section};
use crate::web::ui::paging::{Heads, HowMany, ListUrl, Pages, Place, heads};
use crate::web::ui::whose::{Chip, Whose};

#[derive(Serialize)]
struct Row {
    id: i64,
    title: String,
    status: MailingStatus,
    disabled: bool,
    starts_at: i64,
    ends_at: i64,
    recipients: i64,
    subject: Option<String>,
    owner: Option<String>,
    automatic: bool,
    run: Option<RowRun>,
}

#[derive(Serialize)]
struct RowRun {
    state: RunState,
    percent: i64,
    accepted: i64,
    failed: i64,
    undecided: i64,
    total: i64,
}

/// `templates/mailings/index.html`
#[derive(Serialize)]
struct IndexPage {
    rows: Vec<Row>,
    filters: Vec<Chip>,
    files: Files,
    total: i64,
    found: Option<HowMany>,
    q: String,
    status: &'static str,
    sort: String,
    heads: Heads,
    pages: Pages,
    /// Those that are being put together.
    filling: Vec<Id>,
    mine: bool,
    of: String,
    owner: Option<String>,
    whose: Vec<Chip>,
}

#[get("/mailings?<q>&<of>&<status>&<place..>")]
pub(in crate::web) async fn index(
    me: SignedIn,
    q: Option<&str>,
    of: Option<&str>,
    status: Option<&str>,
    place: Place<'_>,
) -> Result<Template, Failure> {
    let filter = MailingFilter {
        search: text::search(q.unwrap_or_default()),
        status: status.and_then(MailingStatus::by_name),
    };
    let cursor = place.cursor();
    let now = me.app().clock.now();
    let whose = Whose::find(&me, of).await?;
    let (scope, total, asked) = (whose.scope, whose.totals.mailings, filter.clone());
    let is_sortable = filter.search.is_empty() && scope != Scope::All;
    let sort = place.sort(&mailing_list::LIST, is_sortable);
    let own = me.user.id;
    let (page, latest, found, filling) = me
        .app()
        .store
        .read(move |c| {
            let page = mailing_list::list(c, scope, &asked, sort, &cursor, now)?;
            let latest = page
                .rows
                .iter()
                .map(|mailing| runs::latest(c, mailing.id))
                .collect::<Result<Vec<_>, _>>()?;
            let found = (!asked.is_empty())
                .then(|| mailing_list::count(c, scope, &asked, now))
                .transpose()?;
            let filling = member_filling::of_owner(c, own)?;
            Ok::<_, StoreError>((page, latest, found, filling))
        })
        .await?;
    let url = ListUrl::new("/mailings")
        .with("q", filter.search.clone())
        .with("of", whose.of.clone());
    let status = filter.status.map_or("", MailingStatus::name);
    let by_status = url.clone().with("status", status);
    let pages = by_status.clone().with("sort", sort.name()).pages(&page);
    let chip = |which: Option<MailingStatus>| Chip {
        label: me.reader().text(match which {
            None => "mailings-all",
            Some(MailingStatus::Created) => "mailings-created",
            Some(MailingStatus::Running) => "mailings-running",
            Some(MailingStatus::Finished) => "mailings-finished",
        }),
        href: url
            .clone()
            .with("status", which.map_or("", MailingStatus::name))
            .with("sort", sort.name())
            .address(),
        current: which == filter.status,
    };
    let mut filters = vec![chip(None)];
    filters.extend(MailingStatus::ALL.map(|which| chip(Some(which))));
    let rows = page.rows.into_iter().zip(latest).map(|(mailing, run)| Row {
        id: mailing.id,
        title: mailing.title().to_owned(),
        status: mailing.status(now),
        disabled: mailing.disabled_reason.is_some(),
        starts_at: mailing.starts_at,
        ends_at: mailing.ends_at,
        recipients: mailing.recipients,
        subject: mailing
            .subject
            .clone()
            .filter(|_| !mailing.own_title.is_empty()),
        owner: (scope == Scope::All).then(|| mailing.owner_email.clone()),
        automatic: mailing.automatic,
        run: run.map(|run| RowRun {
            state: run.state,
            percent: run.counters.done() * 100 / run.counters.total.max(1),
            accepted: run.counters.accepted,
            failed: run.counters.failed(),
            undecided: run.undecided(),
            total: run.counters.total,
        }),
    });
    let page = IndexPage {
        rows: rows.collect(),
        filters,
        files: Files::of(&url.with("status", status), "/mailings.csv"),
        total,
        found: found.map(|found| HowMany::new(found, me.reader())),
        q: filter.search,
        status,
        sort: sort.name(),
        heads: heads(&mailing_list::LIST, sort, &by_status, is_sortable),
        pages,
        filling: filling.iter().map(|filling| filling.mailing_id).collect(),
        mine: whose.is_mine(),
        whose: whose.chips(&me, "/mailings"),
        owner: whose.owner,
        of: whose.of,
    };
    me.page(Section::Mailings, "mailings/index.html", page)
        .await
}

/// A message as a mailing names it.
#[derive(Serialize)]
pub(in crate::web) struct NamedMessage {
    pub(in crate::web) id: i64,
    pub(in crate::web) subject: String,
}

#[derive(Serialize)]
struct Shown {
    id: i64,
    title: String,
    status: MailingStatus,
    disabled: bool,
    disabled_reason: Option<String>,
    starts_at: i64,
    ends_at: i64,
    message: Option<NamedMessage>,
    recipients: i64,
    automatic: bool,
    sent_before: bool,
    owner: Option<String>,
    /// What its buttons carry (`store::versions`).
    version: String,
    switch_version: i64,
}

#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "six things that one may or may not do"
)]
struct May {
    edit: bool,
    send: bool,
    send_failed: bool,
    delete: bool,
    disable: bool,
    enable: bool,
}

/// `templates/mailings/show.html`
#[derive(Serialize)]
struct ShowPage {
    mailing: Shown,
    may: May,
    refusal: Option<String>,
    failed: i64,
    run: Option<RunView>,
    doubts: Option<DoubtsView>,
    attempts: Option<AttemptsView>,
    runs: Vec<RunView>,
}

#[get("/mailings/<id>")]
pub(in crate::web) async fn show(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let version = me.version(Versioned::Sending, id).await?;
    let mailing = find(&me, id).await?;
    let asked = mailing.clone();
    let (now, has_base_url) = (me.app().clock.now(), me.app().has_base_url().await);
    let (facts, some_failed, earlier, latest) = me
        .app()
        .store
        .read(move |c| {
            let facts = send_facts::of(c, &asked, None, has_base_url)?;
            let mut all_runs = runs::of_mailing(c, id)?.into_iter();
            let (some_failed, latest) = match all_runs.next() {
                None => (None, None),
                Some(run) => {
                    let tried = attempts::of_run(c, run.id, None, &Cursor::First)?;
                    let doubts = doubts::of_run(c, run.id, &Cursor::First)?;
                    // Asked for only where there is a button that says how many.
                    let counters = run.counters;
                    let some = counters.refused + counters.expired + counters.skipped > 0;
                    let some_failed = (some && may_send(&facts, now).is_ok()).then_some(run.id);
                    let look = progress::look_at(c, run, now)?;
                    (some_failed, Some((look, doubts, tried)))
                }
            };
            let earlier: Vec<_> = all_runs.collect();
            Ok::<_, StoreError>((facts, some_failed, earlier, latest))
        })
        .await?;
    let failed = match some_failed {
        None => 0,
        Some(run) => members::count_failed(&me, run).await?,
    };
    let (actor, reader) = (me.actor(), me.reader());
    let own = may_change(&actor, mailing.owner_id) == Verdict::Allowed;
    let sendable = may_send(&facts, now);
    let unfinished = facts.unfinished_run.is_some();
    let switches = may_switch(&me, &mailing).await? == Verdict::Allowed;
    let is_off = mailing.disabled_reason.is_some();
    let (mut run, mut doubts, mut attempts) = (None, None, None);
    if let Some((look, in_doubt, tried)) = latest {
        run = Some(RunView::of(&look, &actor, reader, now, None));
        doubts = Some(DoubtsView::new(&look.run, in_doubt, &actor, reader, now));
        attempts = Some(AttemptsView::new(&look.run, tried, None, reader));
    }
    let page = ShowPage {
        may: May {
            edit: own,
            send: own && sendable.is_ok(),
            send_failed: own && sendable.is_ok() && failed > 0,
            delete: own && !unfinished,
            disable: switches && !is_off,
            enable: switches && is_off,
        },
        refusal: sendable
            .err()
            .filter(|_| own)
            .map(|phrase| reader.say(&phrase)),
        failed,
        run,
        doubts,
        attempts,
        runs: earlier
            .iter()
            .map(|run| RunView::new(run, &actor, reader))
            .collect(),
        mailing: Shown {
            id,
            title: mailing.title().to_owned(),
            status: mailing.status(now),
            disabled: mailing.disabled_reason.is_some(),
            message: mailing
                .message_id
                .zip(mailing.subject.clone())
                .map(|(id, subject)| NamedMessage { id, subject }),
            starts_at: mailing.starts_at,
            ends_at: mailing.ends_at,
            recipients: mailing.recipients,
            automatic: mailing.automatic,
            sent_before: mailing.first_sent_at.is_some(),
            owner: me.owner_shown(mailing.owner_id, &mailing.owner_email),
            disabled_reason: mailing.disabled_reason,
            version,
            switch_version: mailing.switch_version,
        },
    };
    me.page(Section::Mailings, "mailings/show.html", page).await
}

#[get("/mailings/<id>/delete")]
pub(in crate::web) async fn confirm_delete(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let version = me.version(Versioned::Sending, id).await?;
    let mailing = find_own(&me, id).await?;
    let reader = me.reader();
    let phrase = Phrase::new("confirm-delete-mailing").with("title", mailing.title());
    let confirm = Confirm {
        title: reader.say(&phrase),
        text: reader.text("confirm-delete-mailing-text"),
        details: Vec::new(),
        action: format!("/mailings/{id}/delete"),
        button: reader.text("delete"),
        danger: true,
        back: format!("/mailings/{id}"),
    };
    confirm.ask(&me, Section::Mailings, version).await
}

#[post("/mailings/<id>/delete", data = "<press>")]
pub(in crate::web) async fn delete(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let mailing = Target::seen(id, press.0.version);
    actions::delete_mailing(me.app(), &me.actor(), mailing).await?;
    leave_notice(me.app(), jar, "ok", &me.reader().text("notice-deleted"));
    Ok(Redirect::to("/mailings"))
}
